"""What a question looks for in a document, and where its headings stand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from api.service.matches import headings, matches
from engine.store.generation import Generation, open_generation
from engine.types import Document
from indexer.ingest import ingest_sources
from indexer.sources.submitted import SubmittedFile, file_source
from tests.conftest import Models

TEXT = """# The pump

Valves are not a heading here.

## Valves

A valve opens at 4.5 bar, says set_valve.

### Care

Oil it.

## Valves

The second chapter of that name.
"""


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Generation]:
    home: Path = tmp_path_factory.mktemp("matches")
    source = file_source(SubmittedFile("pump.md", "pump.md", TEXT.encode()))
    ingest_sources([source], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_generation(home, "c") as opened:
        yield opened


@pytest.fixture(scope="module")
def document(generation: Generation) -> Document:
    return generation.document(0, 0)


def found(generation: Generation, document: Document, query: str) -> list[str]:
    return [document.text[start:end] for start, end in matches(generation, document, query)]


def test_words_phrases_and_identifiers_match(generation: Generation, document: Document) -> None:
    assert found(generation, document, "how is the valve opened") == [
        "Valves",
        "Valves",
        "valve",
        "opens",
        "set_valve",
        "Valves",
    ]
    assert found(generation, document, '"second chapter"') == ["second chapter"]
    assert "set_valve" in found(generation, document, "set_valve")
    assert found(generation, document, "zebra") == found(generation, document, "  ") == []
    spans = matches(generation, document, 'valve "a valve" set_valve')
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_headings_are_found_where_they_were_written(generation: Generation, document: Document) -> None:
    stands = headings(generation, (0, 0), document.text)
    told = [document.text[start:end] for (start, end), _ in stands]
    assert told == ["Valves", "Care"]  # not where the word only begins a line
    for (start, end), _ in stands:
        assert document.text[max(start - 1, 0) : start] in ("", "\n")
        assert document.text[end : end + 1] in ("", "\n")
    assert [start for (start, _), _ in stands] == sorted(start for (start, _), _ in stands)
