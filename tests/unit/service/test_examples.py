"""Examples of what could be asked: titles and headings that read like a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.service.examples import examples
from engine.store.generation import open_generation
from indexer.delete import delete
from indexer.ingest import ingest_sources
from indexer.sources.submitted import Submitted, text_source
from tests.conftest import Models

DOCUMENTS = [
    ("a", "Why does the pump stop?", "It runs dry."),
    ("b", "The care of a small pump", "# Chapter 3.2\n\nOil it.\n\n# How often it is oiled\n\nOften."),
    ("c", "pump.set_valve(1) -- v2", "Code."),
    ("d", "Pump", "A word."),
    ("e", "x" * 300 + " is far too long", "Long."),
]


def test_examples_are_questions_first_then_titles(tmp_path: Path, models: Models) -> None:
    sources = [text_source(Submitted(name, text, title)) for name, title, text in DOCUMENTS]
    ingest_sources(sources, home=tmp_path, collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_generation(tmp_path, "c") as generation:
        found = examples(generation, 3)
        assert found[:2] == ["Why does the pump stop?", "The care of a small pump"]
        assert set(found) <= {*found[:2], "How often it is oiled"}
        assert examples(generation, 1) == found[:1]
        assert examples(generation, 0) == []
    delete(tmp_path, "c", ["a"])
    with open_generation(tmp_path, "c") as generation:
        assert "Why does the pump stop?" not in examples(generation, 3)


@pytest.mark.parametrize("title", ["-- --", "((((", "1 2 3 4 5"])
def test_what_reads_like_no_question_is_none(tmp_path: Path, models: Models, title: str) -> None:
    source = text_source(Submitted("a", "Text.", title))
    ingest_sources([source], home=tmp_path, collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_generation(tmp_path, "c") as generation:
        assert examples(generation, 3) == []
