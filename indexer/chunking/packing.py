"""Which consecutive units (sentences) make one chunk: balanced, so that no tiny one is left at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate


def pack(weights: Sequence[int], target: int, limit: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Ranges [first, last) of units; all units are covered in order, and each range weighs at most `limit`.

    Ranges weigh `target` at most, but for a last one that up to `limit` is not split. A range repeats the last units
    of the one before as long as they weigh `overlap` at most. A unit above `target` is in no range with a later one.
    """
    total = [0, *accumulate(weights)]
    count = len(weights)
    first = fresh = 0  # where the range begins, and its first unit that is not repeated
    while fresh < count:
        remaining = total[count] - total[first]
        if remaining <= limit:
            yield first, count
            return
        ranges = max(2, -(-(remaining - overlap) // (target - overlap)))
        goal = (remaining + (ranges - 1) * overlap) / ranges
        last = fresh + 1
        while last < count and total[last + 1] - total[first] <= target:
            if total[last] - total[first] + weights[last] / 2 > goal:
                break
            last += 1
        yield first, last
        if last < count:
            first = _repeated(total, first, last, target, overlap)
        fresh = last


def _repeated(total: Sequence[int], first: int, last: int, target: int, overlap: int) -> int:
    """First unit of the range after [first, last): repeats whole units, and leaves room for one that is new."""
    room = min(overlap, target - (total[last + 1] - total[last]))
    start = last
    while start - 1 > first and total[last] - total[start - 1] <= room:
        start -= 1
    return start
