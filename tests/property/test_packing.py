"""Packing of units into chunks: covering, order, limits, balance."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from indexer.chunking.packing import pack


@st.composite
def problems(draw):
    target = draw(st.integers(4, 60))
    limit = draw(st.integers(target, 80))
    overlap = draw(st.integers(0, target // 2))
    weights = draw(st.lists(st.integers(1, target), max_size=60))
    return weights, target, limit, overlap


@given(problems())
def test_ranges_cover_the_units_in_order_and_keep_the_limits(problem):
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


@given(problems(), st.data())
def test_units_that_do_not_repeat_are_in_one_range_and_all_ranges_keep_the_limit(problem, data):
    weights, target, limit, overlap = problem
    repeats = data.draw(st.lists(st.booleans(), min_size=len(weights), max_size=len(weights)))
    costs = data.draw(st.lists(st.floats(-0.2, 5), min_size=len(weights), max_size=len(weights)))
    ranges = list(pack(weights, target, limit, overlap, costs=costs, repeats=repeats))
    seen = [unit for first, last in ranges for unit in range(first, last)]
    assert set(seen) == set(range(len(weights)))
    assert all(repeats[unit] or seen.count(unit) == 1 for unit in seen)
    assert all(sum(weights[first:last]) <= limit for first, last in ranges)
    assert all(first < following <= last < end for (first, last), (following, end) in pairwise(ranges))


def test_a_range_ends_where_it_costs_least_near_the_middle():
    costs = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    assert list(pack([10] * 6, 40, 40, 0, costs=costs)) == [(0, 3), (3, 6)]
    costs[3], costs[2] = 1.0, 0.0
    assert list(pack([10] * 6, 40, 40, 0, costs=costs)) == [(0, 2), (2, 6)]


def test_a_range_of_what_does_not_repeat_may_be_longer_than_the_target_if_that_is_nearer_to_it():
    assert list(pack([35] * 6, 60, 80, 0, repeats=[False] * 6)) == [(0, 2), (2, 4), (4, 6)]
    assert list(pack([35] * 6, 60, 80, 0)) == [(n, n + 1) for n in range(4)] + [(4, 6)]


@given(problems())
def test_what_fits_is_not_split(problem):
    weights, target, limit, overlap = problem
    if weights and sum(weights) <= limit:
        assert list(pack(weights, target, limit, overlap)) == [(0, len(weights))]


@given(st.integers(1, 400), st.integers(0, 30))
def test_even_units_give_even_chunks(count, overlap):
    ranges = list(pack([1] * count, 60, 70, overlap))
    sizes = [last - first for first, last in ranges]
    assert len(ranges) == 1 or min(sizes) >= 30
