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

    Ranges of units that repeat weigh `target` at most, but for a last one that up to `limit` is not split; others come
    as near to it as the units let them. A range repeats the last units of the one before as long as they weigh
    `overlap` at most, and none that `repeats` says must not be. `costs` are what speaks against beginning a range with
    a unit: the share of the target by which the range before it may rather be longer or shorter.
    """
    total = [0, *accumulate(weights)]
    count = len(weights)
    costs = [0.0] * count if costs is None else costs
    repeats = [True] * count if repeats is None else repeats
    once = [0, *accumulate(not repeated for repeated in repeats)]
    first = fresh = 0  # where the range begins, and its first unit that is not repeated
    while fresh < count:
        remaining = total[count] - total[first]
        if remaining <= limit:
            yield first, count
            return
        if once[count] == once[first]:
            ranges = max(2, -(-(remaining - overlap) // (target - overlap)))
            goal = total[first] + (remaining + (ranges - 1) * overlap) / ranges
        else:
            goal = total[first] + remaining / max(2, -(-remaining // limit), round(remaining / target))
        least = fresh + 1
        most = bisect_right(total, total[first] + limit) - 1
        if once[most] == once[first]:
            most = bisect_right(total, total[first] + target) - 1
        last = _nearest(total, costs, range(least, min(max(most, least), count - 1) + 1), goal, target)
        yield first, last
        if last < count:
            first = _repeated(total, repeats, first, last, target, overlap)
        fresh = last


def _nearest(total: Sequence[int], costs: Sequence[float], ends: range, goal: float, target: int) -> int:
    """The one of the ends that a range may have which brings the weight of all up to it nearest to `goal` at the least
    cost, the later one of equals; if there is none, the first that is too late.
    """
    if not ends:
        return ends.start
    found = [abs(total[end] - goal) / target + costs[end] for end in reversed(ends)]
    return ends[-1 - found.index(min(found))]


def _repeated(total: Sequence[int], repeats: Sequence[bool], first: int, last: int, target: int, overlap: int) -> int:
    """First unit of the range after [first, last): repeats whole units, and leaves room for one that is new."""
    room = min(overlap, target - (total[last + 1] - total[last]))
    start = last
    while start - 1 > first and repeats[start - 1] and total[last] - total[start - 1] <= room:
        start -= 1
    return start
