"""Which passage stands for a document: the one that both legs together prefer, whatever leads either leg's own list."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.fusion.evidence import SCALE
from engine.query.legs import NOTHING, Leg, representatives
from engine.query.pipeline import Request, Searcher
from engine.store.generation import Generation
from engine.types import RowId

Make = Callable[..., Searcher]


def evidence(generation: Generation, searcher: Searcher, query: str, row: RowId) -> float:
    found = searcher.retrieve(Request(query))
    rows = np.array([row.row], np.int64)
    words = generation.lexical_scores(row.segment, rows, found.query, searcher.recipe)
    meaning = generation.dense_scores(row.segment, rows, found.vector)
    assert meaning is not None
    return float(words[0] + SCALE * meaning[0])


@pytest.mark.parametrize("query", ["river sundial", "a sundial by the bridge", "the river", "title:long sundial"])
def test_a_document_is_shown_by_the_passage_that_both_legs_prefer(
    query: str, searcher: Make, generation: Generation
) -> None:
    each = {}
    for mode in ("lexical", "dense"):
        found = searcher(rerank="none").search(Request(query, k=200, mode=mode))
        each[mode] = {hit.document.id: hit.chunk.id for hit in found.hits}
    shown = {hit.document.id: hit.chunk for hit in searcher(rerank="none").search(Request(query, k=200)).hits}
    place = generation.find("long")
    assert place is not None
    rows = {generation.chunk_id(row): row for row in generation.chunk_rows(*place)}
    best = max(
        (each[mode]["long"] for mode in each),
        key=lambda chunk: evidence(generation, searcher(), query, rows[chunk]),
    )
    assert shown["long"].id == best


@pytest.mark.parametrize("query", ["title:long sundial", 'title:"A long note" sundial', "title:note AND sundial"])
def test_beside_a_demanded_title_the_other_words_choose_the_passage(query: str, searcher: Make) -> None:
    [hit] = searcher(rerank="none").search(Request(query, k=1)).hits
    assert hit.document.id == "long" and "sundial" in hit.chunk.text


def test_what_one_leg_alone_found_stands_by_its_passage() -> None:
    words, meaning = Leg(("a",), (RowId(0, 1),), (1.0,)), Leg(("a", "b"), (RowId(0, 2), RowId(0, 3)), (0.5, 0.4))
    assert representatives(words, meaning) == {"a": RowId(0, 1), "b": RowId(0, 3)}
    assert representatives(NOTHING, meaning) == {"a": RowId(0, 2), "b": RowId(0, 3)}
