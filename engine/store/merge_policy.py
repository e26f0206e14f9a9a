"""Which segments to merge next: a pure function of their sizes.

Tiers of a log-structured merge (O'Neil and others 1996, https://doi.org/10.1007/s002360050048): a segment of n living
chunks is in tier floor(log8 n). A full tier becomes one segment of a higher tier, so a chunk is rewritten a bounded
number of times per tier. A segment of which a third is dead is rewritten for its space alone: then at most half as many
dead rows as living ones are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

FACTOR = 8  # segments that fill a tier, and the ratio of two tiers' sizes
MOST_SEGMENTS = 16  # of a collection at rest, whatever its size
DEAD_SHARE = 1 / 3  # of its rows, from which on a segment is rewritten


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """A segment as the policy sees it: `rows` chunks are stored, of which `living` are alive."""

    id: str
    living: int
    rows: int

    @property
    def tier(self) -> int:
        tier = 0
        while self.living >= FACTOR ** (tier + 1):
            tier += 1
        return tier

    @property
    def wasteful(self) -> bool:
        return self.rows > 0 and self.rows - self.living >= DEAD_SHARE * self.rows


def next_merge(segments: Sequence[SegmentSize]) -> tuple[str, ...]:
    """Ids of the segments that should become one, in their order; empty where all is well.

    Doing what it says again and again ends, with at most MOST_SEGMENTS segments and none of them wasteful.
    """
    tiers: dict[int, list[SegmentSize]] = defaultdict(list)
    for segment in segments:
        tiers[segment.tier].append(segment)
    # Beyond the most segments, some tier holds its even share of them: merging the lowest such one costs least.
    share = -(-len(segments) // max(len(tiers), 1))
    full = min(FACTOR, max(share, 2)) if len(segments) > MOST_SEGMENTS else FACTOR
    for _, tier in sorted(tiers.items()):
        if len(tier) >= full:
            return tuple(segment.id for segment in tier)
    for _, tier in sorted(tiers.items()):
        wasteful = tuple(segment.id for segment in tier if segment.wasteful)
        if wasteful:
            return wasteful
    return ()
