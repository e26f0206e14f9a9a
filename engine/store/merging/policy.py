"""Which segments to merge next: a pure function of their sizes.

Tiers of a log-structured merge (O'Neil and others 1996, https://doi.org/10.1007/s002360050048): below FLOOR living
chunks all segments count as equally small, above it each tier is RATIO times the one before. A full tier becomes one
segment of a higher tier, so a chunk is rewritten a bounded number of times per tier. What fills a tier depends on who
waits: while an ingest goes on, BUSY segments, so that little is rewritten; once it is over, AT_REST ones, so that a
query meets few segments (a query pays for each what it pays for some 10,000 chunks). A segment of which a third is
deleted is rewritten for its space alone: then at most half as many deleted rows as living ones are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

FLOOR = 512  # living chunks, copied in a fraction of the time that it takes to embed them
RATIO = 8  # of two tiers' sizes
BUSY, AT_REST = 8, 2  # segments that fill a tier
MOST_SEGMENTS = 16  # of a collection, whatever its size
DELETED_SHARE = 1 / 3  # of its rows, from which on a segment is rewritten


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """A segment as the policy sees it: `rows` chunks are stored, of which `living` are alive."""

    id: str
    living: int
    rows: int

    @property
    def tier(self) -> int:
        tier = 0
        while self.living >= FLOOR * RATIO**tier:
            tier += 1
        return tier

    @property
    def wasteful(self) -> bool:
        return self.rows > 0 and self.rows - self.living >= DELETED_SHARE * self.rows


def next_merge(segments: Sequence[SegmentSize], full: int = AT_REST) -> tuple[str, ...]:
    """Ids of the segments that should become one, in their order; empty where all is well. `full` fill a tier.

    Doing what it says again and again ends, with fewer than `full` segments in each tier, at most MOST_SEGMENTS in
    all, and none of them wasteful.
    """
    tiers: dict[int, list[SegmentSize]] = defaultdict(list)
    for segment in segments:
        tiers[segment.tier].append(segment)
    if len(segments) > MOST_SEGMENTS:
        # Some tier holds its even share of them: merging the lowest such one costs least.
        full = min(full, max(-(-len(segments) // len(tiers)), 2))
    for _, tier in sorted(tiers.items()):
        if len(tier) >= full:
            return tuple(segment.id for segment in tier)
    for _, tier in sorted(tiers.items()):
        wasteful = tuple(segment.id for segment in tier if segment.wasteful)
        if wasteful:
            return wasteful
    return ()
