"""The merge policy: whatever the commits, few segments, few deleted rows, little rewriting."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.store.merging.policy import (
    AT_REST,
    BUSY,
    DELETED_SHARE,
    FLOOR,
    MOST_SEGMENTS,
    RATIO,
    SegmentSize,
    next_merge,
)

sizes = st.integers(0, 10**9)
segments = st.lists(st.tuples(sizes, st.floats(0, 1)), max_size=60).map(
    lambda drawn: [SegmentSize(f"s{i}", int(rows * alive), rows) for i, (rows, alive) in enumerate(drawn)]
)


fills = st.sampled_from([BUSY, AT_REST])


def _settle(found: list[SegmentSize], name: str = "m", full: int = AT_REST) -> tuple[list[SegmentSize], int]:
    """The segments when the policy is content, and how many living chunks were written on the way."""
    written, steps = 0, 0
    while chosen := next_merge(found, full):
        steps += 1
        assert steps <= 200
        merged = [segment for segment in found if segment.id in chosen]
        assert tuple(segment.id for segment in merged) == chosen
        living = sum(segment.living for segment in merged)
        written += living
        found = [segment for segment in found if segment.id not in chosen]
        found.append(SegmentSize(f"{name}.{steps}", living, living))
    return found, written


@given(segments, fills)
def test_settling_ends_with_few_segments_and_little_waste(found: Any, full: bool) -> None:
    left, _ = _settle(found, full=full)
    assert len(left) <= MOST_SEGMENTS
    assert max(Counter(segment.tier for segment in left).values(), default=0) < full
    assert sum(segment.living for segment in left) == sum(segment.living for segment in found)
    for segment in left:
        assert segment.rows - segment.living <= DELETED_SHARE * segment.rows


@given(segments, fills)
def test_a_choice_is_of_one_tier_and_pure(found: Any, full: bool) -> None:
    chosen = next_merge(found, full)
    assert chosen == next_merge(found, full)
    tiers = {segment.tier for segment in found if segment.id in chosen}
    assert len(tiers) <= 1
    assert len(chosen) != 1 or next(s for s in found if s.id in chosen).wasteful


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=400))
def test_write_amplification_of_an_ingest_is_bounded(commits: Any) -> None:
    """No chunk is rewritten more than a few times per tier, whatever the sizes of the commits."""
    found: list[SegmentSize] = []
    written = 0
    for number, chunks in enumerate(commits):
        found, more = _settle([*found, SegmentSize(f"c{number}", chunks, chunks)], f"m{number}", BUSY)
        written += more
    total = SegmentSize("all", sum(commits), sum(commits))
    small = FLOOR * len(commits)  # each commit may rewrite what is below the floor, and no more of it
    assert written <= 4 * (total.tier + 1) * total.living + small


def test_even_commits_are_rewritten_about_once_per_tier() -> None:
    found: list[SegmentSize] = []
    written = 0
    for number in range(500):  # a million chunks in commits of 2,000
        found, more = _settle([*found, SegmentSize(f"c{number}", 2000, 2000)], f"m{number}", BUSY)
        written += more
    assert written / 1_000_000 < 3
    found, more = _settle(found)
    assert more <= 1_200_000 and len(found) <= 5


def test_commits_that_come_one_by_one_are_rewritten_a_few_times_per_tier() -> None:
    """At rest after each commit: up to RATIO - 1 arrivals find the same larger segment, and each rewrites it."""
    found: list[SegmentSize] = []
    written = 0
    for number in range(500):
        found, more = _settle([*found, SegmentSize(f"c{number}", 2000, 2000)], f"m{number}")
        written += more
        assert len(found) <= 5
    assert written / 1_000_000 < RATIO / 2 * found[0].tier


def test_single_documents_do_not_rewrite_the_collection() -> None:
    """A large collection that is changed one document at a time: the large segment stays as it is."""
    found = [SegmentSize("large", 1_000_000, 1_000_000)]
    for number in range(300):
        found, more = _settle([*found, SegmentSize(f"c{number}", 3, 3)], f"m{number}")
        assert more <= 2 * FLOOR
    assert found[0].id == "large"


def test_deleted_rows_are_rewritten_about_as_often_as_rows_are_deleted() -> None:
    """Replacing a tenth of the chunks again and again: writes stay within a few times what is replaced."""
    found = [SegmentSize("first", 10_000, 10_000)]
    written = replaced = 0
    for number in range(100):
        removed = 1000
        kept = []
        for segment in found:  # deletions are spread evenly
            deleted = min(segment.living, round(removed * segment.living / 10_000))
            kept.append(replace(segment, living=segment.living - deleted))
        gone = sum(segment.living for segment in found) - sum(segment.living for segment in kept)
        found, more = _settle([*(s for s in kept if s.living), SegmentSize(f"c{number}", gone, gone)], f"m{number}")
        written, replaced = written + more, replaced + gone
        assert sum(segment.rows for segment in found) <= 1.5 * sum(segment.living for segment in found) + 1
    assert written / replaced < 6


def test_the_rules_by_example() -> None:
    same = [SegmentSize(f"s{i}", 100, 100) for i in range(BUSY)]
    assert next_merge(same[:-1], BUSY) == ()
    assert next_merge(same, BUSY) == tuple(segment.id for segment in same)
    assert next_merge(same[:AT_REST]) == ("s0", "s1") and next_merge(same[:1]) == ()
    assert next_merge([SegmentSize("a", 2, 3), SegmentSize("b", 700, 1000)]) == ("a",)
    assert next_merge([SegmentSize("a", 9, 12), SegmentSize("b", 670, 1000)]) == ()
    assert next_merge([]) == ()
