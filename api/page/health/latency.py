"""How long searches take, out of the histogram that the metrics count: its columns, and what half of them took."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.operations.metrics import Buckets
from api.page.health.charts import Rect, columns
from api.page.wording import STAGES

GOOD_MEDIAN, GOOD_SLOW = 0.5, 2.5  # seconds that half of the searches, and 95 % of them, should take at most
_FEW = 20  # searches, of which the first also load and warm what they need: too few to call slow


@dataclass(frozen=True, slots=True)
class Latency:
    """Searches since the service began. `stages` are names with the time that half of the searches took there."""

    searches: int
    columns: tuple[Rect, ...]
    median: str
    slow: str
    good: bool
    goal: str
    stages: tuple[tuple[str, str], ...]


def latency(seconds: Mapping[str, Buckets]) -> Latency:
    """The searches of all workers."""
    total = seconds.get("total", ())
    counted = _each(total)
    used = [place for place, (_, count) in enumerate(counted) if count]
    shown = counted[max(used[0] - 1, 0) : used[-1] + 2] if used else []
    searches = sum(count for _, count in counted)
    return Latency(
        searches=searches,
        columns=columns([(_bound(end), [("part", count)]) for end, count in shown]),
        median=_at_most(total, 0.5),
        slow=_at_most(total, 0.95),
        good=searches < _FEW or (quantile(total, 0.5) <= GOOD_MEDIAN and quantile(total, 0.95) <= GOOD_SLOW),
        goal=f"half at most {_bound(GOOD_MEDIAN)}, 95 % at most {_bound(GOOD_SLOW)}",
        stages=tuple((stage.title, _at_most(seconds[stage.name], 0.5)) for stage in STAGES if stage.name in seconds),
    )


def quantile(buckets: Buckets, share: float) -> float:
    """The end of the bucket, in seconds, up to which this share of the searches had ended; 0 where there was none."""
    whole = buckets[-1][1] if buckets else 0.0
    return next((end for end, count in buckets if whole and count >= share * whole), 0.0)


def _each(buckets: Buckets) -> Sequence[tuple[float, int]]:
    """How many searches fell into each bucket, of counts that add up."""
    before, found = 0.0, []
    for end, count in buckets:
        found.append((end, int(count - before)))
        before = count
    return found


def _at_most(buckets: Buckets, share: float) -> str:
    end = quantile(buckets, share)
    return "more than 30 s" if math.isinf(end) else f"at most {_bound(end)}"


def _bound(end: float) -> str:
    if math.isinf(end):
        return "longer"
    return f"{end * 1000:g} ms" if end < 1 else f"{end:g} s"
