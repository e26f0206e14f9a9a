"""Each interface says where a hit stands in its file: the passage's place, and the snippet's own, which is narrower."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.adapters.hits import metadata_of
from api.client import calls
from api.client.hits import Place
from api.mcp import answers
from api.page.rendering import at_place
from api.service.service import Service
from api.serving.app import create_app
from engine.query.request import Request
from engine.types import Place as Told
from indexer.ingest import ingest, ingest_sources
from tests.api.http.conftest import ADDRESS, offered
from tests.api.page.conftest import tree
from tests.conftest import Models, Winnow
from tests.support.documents import located

# Each page and section is longer than a passage of the tiny models.
PART = "The river of the city is {0}, and the bridge is {0} as well. "
LINES = "\n" * 9 + "".join(f"{PART.format('long')}\n" for _ in range(40)) + "A sundial in the city.\n"
PAGES = PART.format("old") * 12 + "Then a lighthouse by the river. " + PART.format("new") * 12
SECTIONS = "First section. " + PART.format("wide") * 12 + "Second section on an anvil. " + PART.format("deep") * 12
BOOK, GUIDE = "https://example.org/book.pdf", "https://example.org/guide.html"
LIGHTHOUSE = {"kind": "page", "first": "48", "last": "48"}


@pytest.fixture(autouse=True)
def short_snippets(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a snippet is less than a passage of the tiny models."""
    monkeypatch.setattr("engine.snippets.cutting.LENGTH", 60)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("places")
    (root / "notes.txt").write_text(LINES)
    ingest([root / "notes.txt"], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    book = located(BOOK, PAGES, "page", {"The river of the city is old": "47", "Then a lighthouse": "48"})
    guide = located(GUIDE, SECTIONS, "anchor", {"First": "first", "Second": "an anvil/ä"})
    ingest_sources([book, guide], home=root / "home", collection="c")
    return root / "home"


@pytest.fixture(scope="module")
def service(home: Path, models: Models) -> Iterator[Service]:
    with Service(home, offered=offered(models)) as opened:
        yield opened


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), ADDRESS, raise_server_exceptions=False) as opened:
        yield opened


def search(client: TestClient, query: str, **options: Any) -> Any:
    answer = client.post("/v1/collections/c/search", json={"query": query, "mode": "lexical", **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_passage_and_its_snippet_each_have_their_own_place(service: Service) -> None:
    hit = service.searching.search("c", Request("lighthouse", 1, mode="lexical")).hits[0]
    assert hit.places == (Told("page", "47", "48"),) and hit.snippet.places == (Told("page", "48", "48"),)
    result = service.searching.search("c", Request("bridge old long", 3, inner_hits=3, mode="lexical"))
    for hit in result.hits:
        spans = [(hit.chunk, hit.places), *zip(hit.inner, hit.inner_places, strict=True)]
        assert len(spans) == 4 and all(places for _, places in spans)
        if hit.document.id == BOOK:
            second = PAGES.index("Then")
            for chunk, (place,) in spans:
                assert place.first == ("47" if chunk.start < second else "48")
                assert place.last == ("48" if chunk.end > second else "47")


def test_places_hold_on_later_pages(service: Service) -> None:
    first = service.searching.search("c", Request("river", 1, mode="lexical", pageable=True))
    assert first.cursor is not None
    rest = service.searching.page("c", first.cursor, 10)
    assert len(rest.hits) == 2 and all(hit.places and hit.snippet.places for hit in (*first.hits, *rest.hits))


def test_the_command_line_says_the_snippets_place_beside_the_address(winnow: Winnow, home: Path) -> None:
    shown = winnow("search", "lighthouse", "--home", home, "-c", "c", "-k", 1, "--mode", "lexical")
    assert f"   {BOOK}  page 48\n" in shown.out
    found = winnow("search", "lighthouse", "--home", home, "-c", "c", "-k", 1, "--mode", "lexical", "--json").json
    (hit,) = found["hits"]
    assert (hit["snippet"]["place"], hit["snippet"]["places"]) == ("page 48", [LIGHTHOUSE])
    assert hit["place"] in ("page 48", "pages 47-48") and hit["places"][0]["last"] == "48"
    anchored = winnow("search", "anvil", "--home", home, "-c", "c", "-k", 1, "--mode", "lexical")
    assert f"{GUIDE}  #" in anchored.out


def test_the_command_line_says_where_the_best_passage_of_a_missing_document_is(winnow: Winnow, home: Path) -> None:
    asked = ["search", "old bridge", "--home", home, "-c", "c", "-k", 1, "--mode", "lexical", "--why-not"]
    assert "Its best passage: line" in winnow(*asked, "notes.txt").out
    told = winnow(*asked, GUIDE, "--json").json["why_not"]
    assert told["place"].startswith("#") and told["places"][0]["kind"] == "anchor"
    assert winnow(*asked, "nobody", "--json").json["why_not"]["place"] == ""


def test_why_not_takes_the_path_that_ingest_took(
    winnow: Winnow, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    for name in ("one", "two"):
        (folder / f"{name}.txt").write_text(f"The bridge of letter {name}.", encoding="utf-8")
    assert winnow("ingest", folder, "--home", tmp_path / "h", "-c", "c", "--models", models.option).code == 0
    monkeypatch.chdir(tmp_path)
    for named in ("one.txt", "letters/one.txt", folder / "one.txt"):
        told = winnow("search", "bridge", "--home", tmp_path / "h", "-c", "c", "--why-not", named, "--json").json[
            "why_not"
        ]
        assert (told["document_id"], told["stage"]) == ("one.txt", "none")


def test_a_document_is_asked_for_its_lines(winnow: Winnow, models: Models, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LINES)
    shown = winnow("ask-document", tmp_path / "a.txt", "sundial", "-k", 1, "--models", models.option)
    assert f"   {tmp_path}/a.txt:" in shown.out
    found = winnow("ask-document", tmp_path / "a.txt", "sundial", "-k", 1, "--models", models.option, "--json").json
    place, text = found["hits"][0]["places"][0], found["hits"][0]["text"]
    lines = LINES.split("\n")[int(place["first"]) - 1 : int(place["last"])]
    assert text in "\n".join(lines) and "sundial" in text


def test_get_says_the_place_of_what_it_shows(winnow: Winnow, home: Path) -> None:
    at = PAGES.index("lighthouse")
    part = winnow("get", f"{BOOK}:{at}:{at + 10}", "-c", "c", "--home", home)
    assert (part.out, part.err) == ("lighthouse\n", "page 48\n")
    assert winnow("get", BOOK, "-c", "c", "--home", home).err == ""
    whole = winnow("get", BOOK, "-c", "c", "--home", home, "--json").json
    assert (whole["place"], len(whole["passages"])) == ("pages 47-48", whole["chunks"])
    assert [one["place"] for one in whole["passages"]][:1] == ["page 47"]
    assert whole["passages"][-1]["place"] == "page 48"
    few = winnow("get", f"{BOOK}:{at}:{at + 10}", "-c", "c", "--home", home, "--json").json["passages"]
    assert 0 < len(few) < whole["chunks"] and all(one["start"] < at + 10 and at < one["end"] for one in few)


def test_http_says_it_of_hits_inner_hits_documents_and_what_is_missing(client: TestClient) -> None:
    answer = search(client, "lighthouse river", k=1, inner_hits=2, why_not=GUIDE)
    (hit,) = answer["hits"]
    assert (hit["document_id"], hit["snippet"]["place"], hit["snippet"]["places"]) == (BOOK, "page 48", [LIGHTHOUSE])
    assert {inner["place"] for inner in hit["inner_hits"]} <= {"page 47", "page 48", "pages 47-48"}
    assert all(inner["snippet"]["place"].startswith("page") for inner in hit["inner_hits"])
    assert answer["why_not"]["place"].startswith("#")
    document = client.get(f"/v1/collections/c/documents/{BOOK}").json()
    spans = {(one["start"], one["end"]): one["place"] for one in document["passages"]}
    assert spans[hit["start"], hit["end"]] == hit["place"]
    assert list(spans) == sorted(spans) and set(spans.values()) <= {"page 47", "page 48", "pages 47-48"}
    asked = client.post(
        "/v1/documents/search/file",
        files={"file": ("a.txt", LINES.encode())},
        data={"query": "sundial", "k": 1, "encoder": cards(client)["encoder"], "reranker": cards(client)["reranker"]},
    )
    assert asked.status_code == 200 and asked.json()["hits"][0]["place"].startswith("line")


def cards(client: TestClient) -> dict[str, str]:
    return {card["kind"]: card["id"] for card in client.get("/v1/models").json()["data"] if card["collections"]}


def test_texts_that_were_sent_have_no_places(client: TestClient) -> None:
    models = cards(client)
    body = {"text": LINES, "query": "sundial", "k": 1, "encoder": models["encoder"], "reranker": models["reranker"]}
    hit = client.post("/v1/documents/search", json=body).json()["hits"][0]
    assert (hit["place"], hit["places"], hit["snippet"]["place"]) == ("", [], "")


def test_the_python_client_and_its_adapters_tell_it(client: TestClient) -> None:
    sent = client.post("/v1/collections/c/search", json={"query": "lighthouse", "mode": "lexical", "why_not": BOOK})
    answer = calls.search("lighthouse", "c", {}).read(200, {}, sent.content)
    hit = answer.hits[0]
    assert (hit.snippet.place, hit.snippet.places) == ("page 48", (Place("page", "48", "48"),))
    assert answer.why_not is not None and answer.why_not.places
    metadata = metadata_of(hit, answer)
    assert (metadata["place"], metadata["places"][0]["last"]) == (hit.place, "48")


def test_agents_are_told_it(service: Service) -> None:
    result = answers.passages(service.searching.search("c", Request("lighthouse", 1, mode="lexical")))
    assert result.structured_content is not None
    (hit,) = result.structured_content["hits"]
    assert hit["snippet"]["place"] == "page 48" and f"-{hit['end']}, {hit['place']}\n" in text_of(result)
    stored = service.documents.get("c", BOOK)
    part = answers.part(stored.document, stored.locators, 0, 100)
    assert part.structured_content is not None
    assert part.structured_content["place"] == "page 47" and "100 of" in text_of(part) and ", page 47)" in text_of(part)
    plain = answers.part(stored.document, (), 0, 100)
    assert plain.structured_content is not None and plain.structured_content["place"] == ""


def text_of(result: Any) -> str:
    return "".join(part.text for part in result.content)


@pytest.mark.parametrize(
    ("query", "words", "link"),
    [
        ("lighthouse", "page 48", BOOK + "#page=48"),
        ("anvil", "#an anvil/ä", GUIDE + "#an%20anvil/%C3%A4"),
        ("sundial", "line 50", None),
    ],
)
def test_the_page_says_it_and_leads_there(client: TestClient, query: str, words: str, link: str | None) -> None:
    page = tree(client.get("/collections/c", params={"q": query, "mode": "lexical"}, headers={"accept": "text/html"}))
    origin = page.xpath("//article")[0].xpath(".//p[@class='origin']")[0]
    assert words.split()[0] in origin.text_content()
    if link:
        assert words in origin.text_content() and origin.xpath(".//a/@href") == [link]


def test_the_page_says_it_of_a_missing_document_and_of_a_file(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"q": "old bridge", "mode": "lexical", "why_not": GUIDE}
    verdict = tree(client.get("/collections/c", params=asked, headers={"accept": "text/html"}))
    assert "Its best passage: #" in verdict.xpath("//p[@class='verdict']")[0].text_content()
    ask: Any = service.in_document.search
    models = cards(client)
    monkeypatch.setattr(service.in_document, "search", lambda *given, **named: ask(*given, **named, **models))
    form: Any = {"files": {"file": ("a.txt", LINES.encode())}, "data": {"q": "sundial"}}
    page = tree(client.post("/document", **form, headers={"accept": "text/html"}))
    assert page.xpath("//article")[0].xpath(".//p[@class='origin']")[0].text_content().strip().startswith("line")


def test_an_address_with_a_fragment_is_left_alone() -> None:
    page, anchor = (Told("page", "48", "49"),), (Told("anchor", "x", "x"),)
    assert at_place("https://e.org/a.pdf#top", page) == "https://e.org/a.pdf#top"
    assert at_place("https://e.org/a.PDF?x=1", page) == "https://e.org/a.PDF?x=1#page=48"
    assert at_place("https://e.org/a.epub", page) == "https://e.org/a.epub"
    assert at_place("https://e.org/", anchor) == "https://e.org/#x"
    assert at_place("https://e.org/", (Told("anchor", '"><b>', "x"),)) == "https://e.org/#%22%3E%3Cb%3E"
    assert at_place("https://e.org/", ()) == "https://e.org/"
