"""Which consecutive units make one chunk: balanced, so that no tiny one is left at the end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate


def pack(
    weights: Sequence[int],
    target: int,
    limit: int,
    overlap: int,
    *,
    costs: Sequence[float] | None = None,
    repeats: Sequence[bool] | None = None,
) -> Iterator[tuple[int, int]]:
    """Ranges [first, last) of units; all units are covered in order, and each range weighs at most `limit`.

    Where all units repeat, ranges weigh `target` at most, but for a last one that up to `limit` is not split; others
    come as near to it as the units let them. A range repeats the last units of the one before as long as they weigh
    `overlap` at most, and none that `repeats` says must not be. `costs` are what speaks against beginning a range with
    a unit: the share of the target by which the range before it may rather be longer or shorter.
    """
    total = [0, *accumulate(weights)]
    count = len(weights)
    costs = [0.0] * count if costs is None else costs
    repeats = [True] * count if repeats is None else repeats
    most, planned = (target, overlap) if all(repeats) else (limit, 0)
    first = fresh = 0  # where the range begins, and its first unit that is not repeated
    while fresh < count:
        remaining = total[count] - total[first]
        if remaining <= limit:
            yield first, count
            return
        ranges = max(2, -(-(remaining - planned) // (target - planned)))
        goal = total[first] + (remaining + (ranges - 1) * planned) / ranges
        last = fresh + 1
        if last < count:
            last = min(
                _ends(total, last, total[first] + most), key=lambda end: abs(total[end] - goal) / target + costs[end]
            )
        yield first, last
        if last < count:
            first = _repeated(total, repeats, first, last, target, overlap)
        fresh = last


def _ends(total: Sequence[int], least: int, most: int) -> range:
    """The ends that a range may have, the latest first: up to where the weight of all before is `most`, but `least`
    in any case.
    """
    return range(min(max(bisect_right(total, most) - 1, least), len(total) - 2), least - 1, -1)


def _repeated(total: Sequence[int], repeats: Sequence[bool], first: int, last: int, target: int, overlap: int) -> int:
    """First unit of the range after [first, last): repeats whole units, and leaves room for one that is new."""
    room = min(overlap, target - (total[last + 1] - total[last]))
    start = last
    while start - 1 > first and repeats[start - 1] and total[last] - total[start - 1] <= room:
        start -= 1
    return start
