"""Training sources: what each kind makes of its file."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ParseFailed, SourceNotFound
from indexer.training.corpus import Corpus, Query, unlabelled
from indexer.training.recipe import Data
from indexer.training.sources import read_source
from indexer.training.sources.passages import word_spans


def read(kind: Any, path: Path, **options: Any) -> Corpus:
    return read_source(Data(kind=kind, path=path, licence="CC0", **options))


def test_beir_queries_titles_and_splits(beir: Path) -> None:
    judged = read("beir", beir)
    assert len(judged.passages) == len(judged.queries) == 12
    query = next(query for query in judged.queries if query.text == "is the bridge a food")
    assert judged.passages[query.positives[0]].startswith("a bridge document the bridge")
    assert query.labels == (2.0,)
    titles = read("titles", beir)
    assert titles.queries[1] == Query("a bridge document", (1,))
    assert titles.passages[1].startswith("the bridge")


def test_held_out_queries_are_the_same_every_time_and_shared_with_nobody(beir: Path) -> None:
    kept, held = read("beir", beir).split(4, seed=3)
    assert (len(kept.queries), len(held.queries)) == (8, 4)
    assert not set(kept.queries) & set(held.queries)
    assert read("beir", beir).split(4, seed=3)[1] == held
    assert read("beir", beir).split(4, seed=4)[1] != held


def test_jsonl(pairs: Path, triples: Path, labelled: Path) -> None:
    assert read("pairs", pairs).queries[0] == Query("river query", (0,))
    first = read("triples", triples)
    assert first.queries[0].margins == (1.5, 0.5)
    assert [first.passages[n] for n in first.queries[3].negatives] == ["a food", "a year"]
    graded = read("labelled", labelled)
    assert graded.queries[0].labels == (1.0, 0.0)
    assert [graded.passages[n] for n in graded.queries[0].negatives] == ["a food"]


def test_parallel_sentences_by_lists_and_between_tabs(parallel: Path, tmp_path: Path) -> None:
    assert read("parallel", parallel).groups[0] == ("the river", "der rivering", "le riverer")
    table = "Hello\tHallo\t\r\n\nBye\t \tAu revoir\nalone\n\tsans\n"
    for name, content in (("p.tsv", table.encode()), ("p.tsv.gz", gzip.compress(table.encode()))):
        (tmp_path / name).write_bytes(content)
        assert read("parallel", tmp_path / name).groups == [("Hello", "Hallo"), ("Bye", "Au revoir")]
    assert unlabelled([read("parallel", tmp_path / "p.tsv")]) == ["Hello", "Hallo", "Bye", "Au revoir"]
    (tmp_path / "none.tsv").write_text("alone\n")
    with pytest.raises(ParseFailed, match="no line has a text and a translation"):
        read("parallel", tmp_path / "none.tsv")


def test_lines_end_at_newlines_only(tmp_path: Path) -> None:
    row = {"query": "why\u2028so", "positive": "one\u0085two\u2029three"}
    (tmp_path / "p.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\r\n\n", encoding="utf-8-sig", newline="")
    corpus = read("pairs", tmp_path / "p.jsonl")
    assert (corpus.queries[0].text, corpus.passages) == (row["query"], [row["positive"]])


def test_abstracts_compressed(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.json.gz", "wt") as stream:
        json.dump({"1": {"QUESTION": "why", "CONTEXTS": ["one.", "two."]}}, stream)
    corpus = read("abstracts", tmp_path / "a.json.gz")
    assert (corpus.passages, corpus.queries) == (["one. two."], [Query("why", (0,))])


def test_squad_takes_the_passage_with_the_answer_and_bars_its_neighbours(tmp_path: Path) -> None:
    context = " ".join(f"w{n}" for n in range(100))
    qas = [
        {"question": "q", "answers": [{"answer_start": context.index("w50"), "text": "w50"}]},
        {"question": "unanswerable", "answers": []},
    ]
    (tmp_path / "s.json").write_text(json.dumps({"data": [{"paragraphs": [{"context": context, "qas": qas}]}]}))
    corpus = read("squad", tmp_path / "s.json", passage_words=20)
    (query,) = corpus.queries
    assert "w50" in corpus.passages[query.positives[0]].split()
    assert {query.positives[0] - 1, query.positives[0] + 1} <= query.excluded


def test_headings_of_a_folder_or_an_archive(tmp_path: Path) -> None:
    body = "word " * 30
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "one.md").write_text(f"# The engine\n\n{body}\n\n## Overview\n\n{body}\n\n## Short\n\nno\n")
    (tmp_path / "docs" / "two.md").write_text("text without any heading " * 10)
    with tarfile.open(tmp_path / "docs.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "docs", "docs")
    corpus = read("sections", tmp_path / "docs")
    assert [query.text for query in corpus.queries] == ["The engine", "The engine Overview"]
    assert read("sections", tmp_path / "docs.tar.gz").queries == corpus.queries
    assert read("sections", tmp_path / "docs.tar.gz").name == "docs"


def test_passages_hold_every_word_once() -> None:
    text = "One two. " * 57 + "end"
    spans = word_spans(text, 25)
    assert " ".join(text[a:b] for a, b in spans).split() == text.split()
    assert all(text[b - 1] == "." for _, b in spans[:-1])


def test_what_cannot_be_read_is_a_typed_error(tmp_path: Path, pairs: Path) -> None:
    with pytest.raises(SourceNotFound):
        read("pairs", tmp_path / "none.jsonl")
    with pytest.raises(ParseFailed, match="kind triples"):
        read("triples", pairs)
    with pytest.raises(ParseFailed, match="kind beir"):
        read("beir", tmp_path)


def test_unlabelled_texts_are_distinct() -> None:
    corpus = Corpus("c", ["a", "b", " "], [Query("a", (1,)), Query("q", (0,))])
    assert unlabelled([corpus, corpus]) == ["a", "b", "q"]


def test_questions_are_asked_of_passages_as_they_are_served(tmp_path: Path) -> None:
    river, bridge = "The river rises in the hills. It is long. ", "The bridge was built in 1851 of stone. "
    rows = [
        {"_id": "a", "title": "Rivers", "text": river * 30 + bridge},
        {"_id": "b", "title": "Copies", "text": "Built in 1851 of stone, they say, was the bridge."},
    ]
    documents = tmp_path / "documents.jsonl.gz"
    documents.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    asked = [
        {"id": "1", "q": "when was it built", "doc": "a", "quote": "Bridge was built, in 1851"},
        {"id": "2", "question": "where does it rise", "document": "a", "start": 10, "end": 30},
        {"id": "3", "q": "what nobody answers", "doc": "a", "quote": "no such words"},
    ]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    corpus = read("questions", documents, questions=(tmp_path / "q.jsonl",))
    built, rises = corpus.queries
    assert corpus.passages[built.positives[0]].startswith("Rivers\n")
    copies = next(number for number, text in enumerate(corpus.passages) if text.startswith("Copies"))
    assert copies in built.excluded and copies not in rises.excluded
    assert rises.positives[0] in built.excluded  # it stands in the same document


def test_judged_lists_take_the_place_of_the_marked_passage(tmp_path: Path) -> None:
    rows = [{"_id": name, "title": name, "text": f"The text of {name}."} for name in ("a", "b", "c")]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "q.jsonl").write_text(json.dumps({"id": "1", "q": "which", "doc": "a", "quote": "text of a"}) + "\n")
    judged = [["a", 0, 14, 2], ["b", 0, 14, 3], ["c", 0, 14, 1]]
    (tmp_path / "j.jsonl").write_text(json.dumps({"question": "1", "passages": judged}) + "\n")
    options = {"questions": (tmp_path / "q.jsonl",), "judged": tmp_path / "j.jsonl"}
    (query,) = read("questions", tmp_path / "d.jsonl", **options).queries
    assert (query.positives, query.negatives, query.labels) == ((0, 1), (2,), (0.3, 1.0, 0.0))
    judged[:2] = [["a", 0, 9, 2], ["b", 0, 5, 3]]  # cut elsewhere than today: one nearly the same, one not
    (tmp_path / "j.jsonl").write_text(json.dumps({"question": "1", "passages": judged}) + "\n")
    (query,) = read("questions", tmp_path / "d.jsonl", **options).queries
    assert (query.positives, query.negatives, query.labels) == ((0,), (2,), (0.3, 0.0))
    judged[0] = ["a", 0, 5, 2]
    (tmp_path / "j.jsonl").write_text(json.dumps({"question": "1", "passages": judged}) + "\n")
    (query,) = read("questions", tmp_path / "d.jsonl", **options).queries
    assert (query.positives, query.labels) == ((0,), ())


def test_questions_about_the_files_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "manuals"
    folder.mkdir()
    (folder / "pump.md").write_text("# The pump\n\nBleed the pump every spring.\n")
    (folder / "valve.txt").write_text("The valve needs no care.\n")
    row = {"id": "1", "q": "what to do in March?", "doc": "pump.md", "quote": "bleed the pump every"}
    (tmp_path / "q.jsonl").write_text(json.dumps(row) + "\n")
    corpus = read("questions", folder, questions=(tmp_path / "q.jsonl",))
    (query,) = corpus.queries
    assert "every spring" in corpus.passages[query.positives[0]]
    assert len(corpus.passages) == 2


def test_questions_need_files_of_them(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs `questions`"):
        Data(kind="questions", path=tmp_path, licence="CC0")
    with pytest.raises(ValueError, match="belong to a source of kind questions"):
        Data(kind="beir", path=tmp_path, licence="CC0", judged=tmp_path)
