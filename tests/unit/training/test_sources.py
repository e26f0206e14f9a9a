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
