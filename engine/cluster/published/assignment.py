"""Which shard has which segments: evenly by chunks, and where a segment was before, so that little is copied again."""

from __future__ import annotations

from collections.abc import Sequence

from engine.store.manifest import SegmentEntry

UNEVEN = 1.25  # times its fair share that a shard may have before segments leave it


def assign(
    segments: Sequence[SegmentEntry], shards: int, before: Sequence[Sequence[str]] = ()
) -> tuple[tuple[str, ...], ...]:
    """Ids of each shard's segments, in the order of the collection. `before` is how they lay in as many shards.

    A segment stays where it was unless that shard would have more than UNEVEN times its share; what is new, or must
    leave, goes where least is, large ones first.
    """
    home = {segment: shard for shard, part in enumerate(before) for segment in part} if len(before) == shards else {}
    most = UNEVEN * sum(entry.living.chunks for entry in segments) / shards
    load, places = [0] * shards, dict[str, int]()

    def put(entry: SegmentEntry, shard: int) -> None:
        places[entry.id] = shard
        load[shard] += entry.living.chunks

    large_first = sorted(segments, key=lambda entry: (-entry.living.chunks, entry.id))
    for entry in large_first:
        shard = home.get(entry.id)
        if shard is not None and load[shard] + entry.living.chunks <= most:
            put(entry, shard)
    for entry in large_first:
        if entry.id not in places:
            put(entry, min(range(shards), key=lambda shard: (load[shard], shard)))
    return tuple(tuple(entry.id for entry in segments if places[entry.id] == shard) for shard in range(shards))
