"""Packing of units into chunks: covering, order, limits, balance."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from indexer.chunking.packing import pack


@st.composite
def problems(draw: st.DrawFn) -> Any:
    target = draw(st.integers(4, 60))
    limit = draw(st.integers(target, 80))
    overlap = draw(st.integers(0, target // 2))
    weights = draw(st.lists(st.integers(1, target), max_size=60))
    return weights, target, limit, overlap


@given(problems())
def test_ranges_cover_the_units_in_order_and_keep_the_limits(problem: Any) -> None:
    weights, target, limit, overlap = problem
    ranges = list(pack(weights, target, limit, overlap))
    assert {unit for first, last in ranges for unit in range(first, last)} == set(range(len(weights)))
    for index, (first, last) in enumerate(ranges):
        is_last = index == len(ranges) - 1
        assert first < last
        assert sum(weights[first:last]) <= (limit if is_last else target)
        if not is_last:
            following, end = ranges[index + 1]
            assert first < following <= last < end
            assert sum(weights[following:last]) <= overlap


@given(problems())
def test_what_fits_is_not_split(problem: Any) -> None:
    weights, target, limit, overlap = problem
    if weights and sum(weights) <= limit:
        assert list(pack(weights, target, limit, overlap)) == [(0, len(weights))]


@given(st.integers(1, 400), st.integers(0, 30))
def test_even_units_give_even_chunks(count: int, overlap: int) -> None:
    ranges = list(pack([1] * count, 60, 70, overlap))
    sizes = [last - first for first, last in ranges]
    assert len(ranges) == 1 or min(sizes) >= 30
