"""The legs' lists against plain code: ties, the first row of each hit, keys, and how far the lexical leg begins."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.collection import open_collection
from engine.fusion.ties import best_rows
from engine.lexical.search import _FIRST, _LARGE, _first_pages
from engine.lexical.segment import LexicalSegment
from engine.query.legs import Retriever
from engine.query.retrieval import Retrieval
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.store.writer import open_writer
from engine.types import RowId
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records
from tests.unit.query.conftest import Make

QUERIES = ("the river", "a sundial and the bridge", "note", "city river market", "bridge")


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), max_size=40), st.integers(0, 45))
def test_ties_go_by_name(drawn: list[tuple[int, int]], k: int) -> None:
    """Every row that is as good as the last of the best takes part in the order by name."""
    positions = np.array([position for position, _ in drawn], np.int64)
    scores = np.array([score / 4 for _, score in drawn])
    rows = np.arange(len(drawn))

    def name(row: RowId) -> str:
        return f"{(row.row * 7) % 5}-{row.row}"

    everything = [(RowId(int(p), int(r)), float(s)) for p, r, s in zip(positions, rows, scores, strict=True)]
    everything.sort(key=lambda pair: -pair[1])
    expected = [
        pair
        for _, run in groupby(everything, key=lambda pair: pair[1])
        for pair in sorted(run, key=lambda pair: name(pair[0]))
    ]
    assert best_rows(positions, rows, scores, k, name) == expected[:k]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.integers(1, 2000))
def test_no_segment_is_read_less_far_than_from_equal_shares(sizes: list[int], k: int) -> None:
    class Sized:
        def __init__(self, rows: int) -> None:
            self.rows = rows

    segments: list[LexicalSegment] = [Sized(rows) for rows in sizes]  # type: ignore[misc]
    wanted = (4 if sum(sizes) >= _LARGE else 2) * k
    equal = max(_FIRST, wanted // len(sizes))
    for size, first in zip(sizes, _first_pages(segments, k), strict=True):
        assert first % equal == 0 and (first // equal).bit_count() == 1  # a place where reading would have stopped
        assert first >= wanted * size // max(sum(sizes), 1)
        assert first < max(2 * equal, 2 * wanted * size / max(sum(sizes), 1) + 1)


@pytest.mark.parametrize("collapse", [True, False])
@pytest.mark.parametrize("wanted", [1, 7, 40, 400])
def test_a_leg_is_the_first_row_of_each_hit(
    searcher: Make, generation: Generation, collapse: bool, wanted: int
) -> None:
    retrieval = Retrieval(generation, searcher().encoder)
    retriever = Retriever(generation, generation.living, Recipe(), wanted, collapse)
    every = Retriever(generation, generation.living, Recipe(), generation.manifest.living.chunks, False)
    for text in QUERIES:
        query = retrieval.parse(text)
        key = generation.document_id if collapse else generation.chunk_id
        first: dict[str, tuple[RowId, float]] = {}
        whole = every.lexical(query)
        for row, score in zip(whole.rows, whole.scores, strict=True):
            first.setdefault(key(row), (row, score))
        leg = retriever.lexical(query)
        assert list(leg.keys) == list(first)[:wanted]
        assert list(zip(leg.rows, leg.scores, strict=True)) == list(first.values())[:wanted]


def test_ids_of_many_rows_are_those_of_each(generation: Generation) -> None:
    rows = [RowId(s, r) for s, segment in enumerate(generation.segments) for r in reversed(range(segment.rows))]
    rows = rows[::3] + rows[::-2] + rows[:5]
    assert generation.document_ids(rows) == [generation.document_id(row) for row in rows]
    assert generation.document_ids([]) == []


def test_a_collection_that_has_been_emptied_answers_nothing(tmp_path: Path, models: Models) -> None:
    file = write_records(tmp_path / "notes.jsonl", topical(3))
    ingest([file], home=tmp_path / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_writer(tmp_path / "home", "c") as writer:
        writer.commit(None, deletes=[str(record["id"]) for record in topical(3)])
    with open_collection("c", home=tmp_path / "home") as collection:
        assert collection.search("the river").hits == ()
        assert collection.search("the river", collapse=False).hits == ()
