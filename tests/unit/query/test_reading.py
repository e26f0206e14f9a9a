"""How a collection reads a query: operators that are meant, identifiers, typos, and what it has none of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.collection import Collection, open_collection
from engine.query.pipeline import Searcher
from engine.query.request import Mode, Request
from engine.recipe import Recipe
from engine.types import SearchResult
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import write_folder, write_records
from tests.support.rerankers import Judge

SHELL = "The flag -m of git commit sets the message; tar -xzf unpacks an archive; gcc -Wall warns."
FILES = {
    "manual.md": "# Manual\n\nIntro.\n\n## Descaling the boiler\n\nUse vinegar.\n\n## Winter storage\n\nDrain it.\n",
    "notes.md": "---\ntitle: Notes\nversion: 1.2\ndate: 2024-03-01\npages: 12\n---\n\n"
    "The client speaks version:1.10.2 of the protocol; see date:tomorrow and pages:iv-vi.\n",
    "hebrew.txt": "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ",
    "arabic.txt": "كِتابٌ جَديد",
    "persian.txt": "گزارش شركت نفت در سال ۱۴۰۲ منتشر شد و مدير عامل آن را تاييد كرد",
    "cat.txt": "我家有一只猫，它每天晚上睡在窗台上，早上起来要吃鱼。",
    "thai.txt": "แมวของฉันนอนหลับบนเก้าอี้ทุกเย็น และกินปลาทุกเช้า",
    "footnotes.txt": "The embargo¹ covers turpentine², in a hall of 40 m² with 10⁶ seats.",
    "names.txt": "Class org.example.\u200bKettle\u200bDescaler removes lime; Cafe\u0301 Übersee sells it.",
    "units.txt": "A card of 16GB, an adapter for 12V, and C#7 tuple syntax over HTTP2.",
    "shards.txt": "Raise cluster.max_shards_per_node where the error names it.",
    "about.txt": "A cluster has nodes, each node has shards; the max of shards per node of a cluster depends on the nodes.",
    "message.txt": 'It said: "Mapper for [age] conflicts with existing mapper", and gave up.',
    "two.txt": "A gadget with a lever. " + "It hums along in the quiet hall. " * 60 + "\n\nIts widget is blue.",
}


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Collection]:
    root = tmp_path_factory.mktemp("reading")
    write_folder(root / "files", FILES)
    write_records(root / "shell.jsonl", [{"id": "shell", "title": "Shell", "text": SHELL}])
    paths = [root / "files", root / "shell.jsonl"]
    ingest(paths, home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_collection("c", home=root / "home", recipe=Recipe(rerank="none")) as opened:
        yield opened


def ask(collection: Collection, query: str, mode: Mode = "lexical", **options: object) -> SearchResult:
    return collection.searcher.search(Request(query, mode=mode, **options))  # type: ignore[arg-type]


def names(result: SearchResult) -> list[str]:
    return [Path(hit.document.id).stem for hit in result.hits]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("ברא", "hebrew"),
        ("كتاب", "arabic"),
        ("شرکت", "persian"),
        ("1402", "persian"),
        ("مدیر", "persian"),
        ("猫", "cat"),
        ("鱼", "cat"),
        ("吃鱼", "cat"),
        ("เก้าอี้", "thai"),  # in pairs of characters, as Chinese and Japanese
        ("ปลา แมว", "thai"),
        ("embargo", "footnotes"),
        ("turpentine", "footnotes"),
        ('"40 m²"', "footnotes"),
        ("KettleDescaler", "names"),
        ("Kettle\u200bDescaler", "names"),
        ("Caf\u00e9", "names"),
        ("16 GB", "units"),
        ('"12 V"', "units"),
        ('"12V"', "units"),
        ("C#", "units"),
        ("HTTP/2", "units"),
        ("title:descaling", "manual"),
        ('title:"winter storage"', "manual"),
    ],
)
def test_words_are_found_and_marked(collection: Collection, query: str, first: str) -> None:
    result = ask(collection, query)
    assert names(result)[:1] == [first]
    assert result.hits[0].highlights


@pytest.mark.parametrize("query", ["client version:1.10.2", "pages:iv-vi"])
def test_an_operator_that_does_not_fit_its_field_is_text(collection: Collection, query: str) -> None:
    result = ask(collection, query)
    assert names(result)[0] == "notes"
    assert result.reading.as_words == (query.split()[-1],)
    assert "query:words" in result.degraded


@pytest.mark.parametrize(
    ("query", "found"),
    [("date:2024-03", True), ("date:2024", True), ("date:2024-04", False), ("date:2023", False), ("-date:2024", False)],
)
def test_a_year_or_a_month_is_all_of_its_days(collection: Collection, query: str, found: bool) -> None:
    result = ask(collection, f"{query} protocol")
    assert ("notes" in names(result)) == found
    assert result.reading.as_words == ()


@pytest.mark.parametrize("query", ["what does git commit -m do", "tar -xzf", "gcc -Wall"])
def test_an_option_of_a_command_is_text(collection: Collection, query: str) -> None:
    result = ask(collection, query)
    assert names(result)[0] == "shell"
    assert len(result.reading.as_words) == 1 and result.reading.as_words[0].startswith("-")


def test_an_exclusion_excludes_the_document_where_hits_are_documents(collection: Collection) -> None:
    assert names(ask(collection, "gadget hums")) == ["two"]
    assert "two" not in names(ask(collection, "hums hall -widget"))
    assert "two" in names(ask(collection, "hums quiet -widget", collapse=False))


def test_an_exclusion_that_leaves_nothing_is_text(collection: Collection) -> None:
    result = ask(collection, "gadget -widget")
    assert names(result) == ["two"] and result.reading.as_words == ("-widget",)
    assert names(ask(collection, "gadget NOT widget")) == []  # NOT is no hyphen: it is meant


def test_and_asks_for_both_in_one_document(collection: Collection) -> None:
    assert names(ask(collection, "gadget AND widget")) == ["two"]
    assert names(ask(collection, "gadget AND vinegar")) == []


def test_the_only_document_with_an_identifier_is_first(collection: Collection) -> None:
    for mode in ("lexical", "hybrid"):
        result = ask(collection, "cluster.max_shards_per_node", mode)
        assert names(result)[0] == "shards"
        assert result.hits[0].exact == ("cluster.max_shards_per_node",)
        assert all(later.score < result.hits[0].score for later in result.hits[1:])


def test_no_reranker_moves_it_down(collection: Collection) -> None:
    judge = Judge(lambda text: 0.0 if "max_shards" in text else 1.0)
    served = collection.searcher
    searcher = Searcher(collection.generation, served.encoder, judge, Recipe(rerank="replace", neighbour_weight=0.0))
    result = searcher.search(Request("cluster.max_shards_per_node"))
    assert result.hits[0].stages["rerank"].rank == 1 and names(result)[0] == "shards"
    assert {key for key, score in searcher.rank(Request("cluster nodes")).stages["rerank"][:1]} != {
        result.hits[0].document.id
    }


def test_a_message_with_another_value_is_found(collection: Collection) -> None:
    result = ask(collection, "Mapper for [title] conflicts with existing mapper", "hybrid")
    assert names(result)[0] == "message" and result.hits[0].exact == ("conflicts with existing mapper",)


def test_what_occurs_nowhere_is_told(collection: Collection) -> None:
    result = ask(collection, "what is index.max_result_window in a cluster")
    assert result.reading.nowhere == ("index.max_result_window",)
    assert result.reading.sentences() == ['No document has "index.max_result_window".']


def test_an_everyday_word_of_a_long_question_is_not_told(collection: Collection) -> None:
    assert ask(collection, "the max shards of any node of my cluster and bridge").reading.nowhere == ()


def test_a_typo_is_corrected_and_told(collection: Collection) -> None:
    result = ask(collection, "vinegra and turpentinee")
    assert result.reading.corrections == (("vinegra", "vinegar"), ("turpentinee", "turpentine"))
    assert result.reading.searched_for == "vinegar and turpentine"
    assert result.query == "vinegra and turpentinee"
    assert set(names(result)) >= {"manual", "footnotes"}


def test_a_typo_is_left_where_that_is_wished(collection: Collection) -> None:
    result = ask(collection, "vinegra", correct=False)
    assert names(result) == [] and result.reading.searched_for is None
    assert result.reading.nowhere == ("vinegra",)


@pytest.mark.parametrize("query", ["vinegar", '"vinegra"', "KX-48213-C", "vinegra2", "-vinegra boiler"])
def test_no_correction_of_what_occurs_is_quoted_or_is_no_word(collection: Collection, query: str) -> None:
    assert ask(collection, query).reading.searched_for is None


def test_a_page_after_the_first_searches_for_the_corrected_words(collection: Collection) -> None:
    first = ask(collection, "clusterr nodess", "hybrid", k=1, pageable=True)
    assert first.reading.searched_for == "cluster nodes" and first.cursor
    assert collection.page(first.cursor).hits


GERMAN = {
    "beitrag.txt": "Der Krankenversicherungsbeitrag steigt im kommenden Jahr, und die Beschäftigten zahlen die Hälfte davon.",
    "frist.txt": "Die Kündigungsfrist beträgt drei Monate, wenn der Mietvertrag nichts anderes bestimmt.",
    "wagen.txt": "Ein Kinderwagen darf im Hausflur stehen, solange niemand an ihm hängen bleibt.",
    "garten.txt": "Im Garten wachsen Bohnen, Erbsen und Möhren; im Herbst wird der Boden umgegraben.",
    "vertrag.txt": "Ein Vertrag kommt durch Angebot und Annahme zustande. Die Frist für die Annahme bestimmt der Anbietende.",
    "english.txt": "The basketball team and the football team share one playground behind the schoolhouse.",
    "ball.txt": "Whoever catches the ball may throw it again, and the others have to run to the wall.",
}


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Collection]:
    root = tmp_path_factory.mktemp("german")
    write_folder(root / "files", GERMAN)
    ingest([root / "files"], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_collection("c", home=root / "home", recipe=Recipe(rerank="none")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Krankenversicherung", "beitrag"),
        ("Beiträge zur Krankenversicherung", "beitrag"),
        ("Wann steigt der Beitrag?", "beitrag"),
        ("Frist für die Kündigung", "frist"),
        ("Wo darf der Wagen stehen?", "wagen"),
        ("Vertragsannahme", "vertrag"),  # occurs nowhere: its parts do
        ("Gartenboden", "garten"),
    ],
)
def test_compounds_and_their_parts_find_one_another(german: Collection, query: str, first: str) -> None:
    result = ask(german, query)
    assert names(result)[0] == first
    assert not result.reading.nowhere
    assert not result.reading.corrections


def test_the_compound_that_holds_the_word_is_marked(german: Collection) -> None:
    snippet = ask(german, "Krankenversicherung").hits[0].snippet
    assert [snippet.text[start:end] for start, end in snippet.marks] == ["Krankenversicherungsbeitrag"]


def test_a_word_and_its_compounds_are_one_term(german: Collection) -> None:
    """With an inverse document frequency of its own, the rare compound would outweigh the word itself."""
    assert names(ask(german, "Vertrag")) == ["vertrag", "frist"]


def test_words_of_other_languages_are_not_taken_apart(german: Collection) -> None:
    assert names(ask(german, "who may throw the ball to the others?"))[0] == "ball"
    assert "english" not in names(ask(german, "catches ball whoever throw"))
