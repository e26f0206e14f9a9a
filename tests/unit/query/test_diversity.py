"""Diversity: a reordering of the first hits by how unlike they are; 0 changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.query.alike.diversity import REORDERED, diversified
from engine.query.frozen import Entry
from engine.query.pipeline import Request, Sort
from engine.store.generation import Generation
from engine.types import RowId
from tests.unit.query.conftest import Make

entries = st.lists(st.integers(0, 99), unique=True, max_size=30).flatmap(
    lambda rows: st.lists(st.floats(-5, 5), min_size=len(rows), max_size=len(rows)).map(
        lambda scores: [
            Entry(RowId(0, row), score) for row, score in zip(rows, sorted(scores, reverse=True), strict=True)
        ]
    )
)
quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(entries=entries)
@quick
def test_none_is_identity(generation: Generation, entries: list[Entry]) -> None:
    assert diversified(generation, entries, 0.0) == entries


@given(entries=entries, diversity=st.floats(0, 1))
@quick
def test_hits_are_only_reordered_and_the_best_stays(
    generation: Generation, entries: list[Entry], diversity: float
) -> None:
    made = diversified(generation, entries, diversity)
    assert sorted(made, key=lambda entry: entry.row.row) == sorted(entries, key=lambda entry: entry.row.row)
    assert made[:1] == entries[:1]


def test_each_place_goes_to_the_greatest_gain(generation: Generation) -> None:
    given = [Entry(RowId(0, row), 1.0 - row / 40) for row in range(20)]
    codes = generation.codes([entry.row for entry in given]).astype(float)
    units = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    order, left = [0], list(range(1, 20))
    while left:
        gains = {
            place: 0.6 * (1 - place / 19) - 0.4 * max(float(units[place] @ units[other]) for other in order)
            for place in left
        }
        order.append(max(left, key=gains.__getitem__))
        left.remove(order[-1])
    assert [entry.row.row for entry in diversified(generation, given, 0.4)] == order


def test_what_is_far_down_stays(generation: Generation) -> None:
    rows = [RowId(0, row) for row in range(100)] + [RowId(len(generation.segments) - 1, row) for row in range(101, 111)]
    given = [Entry(row, -float(place)) for place, row in enumerate(rows)]
    assert diversified(generation, given, 1.0)[REORDERED:] == given[REORDERED:]


def test_pages_go_on_in_the_same_order(searcher: Make) -> None:
    asked = searcher()
    whole = [hit.document.id for hit in asked.search(Request("the river", 30, diversity=0.5)).hits]
    first = asked.search(Request("the river", 10, diversity=0.5, pageable=True))
    assert first.cursor is not None
    second = asked.page(first.cursor, 20)
    assert [hit.document.id for hit in (*first.hits, *second.hits)] == whole
    assert whole != [hit.document.id for hit in asked.search(Request("the river", 30)).hits]


@pytest.mark.parametrize(
    ("request_", "said"),
    [(Request("river", diversity=1.1), "lie in"), (Request("river", diversity=0.1, sort=(Sort("year"),)), "not both")],
)
def test_what_makes_no_sense_is_refused(searcher: Make, request_: Request, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        searcher().search(request_)
