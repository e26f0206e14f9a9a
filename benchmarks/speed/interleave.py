"""Timing contenders in turns, so that whatever disturbs the machine disturbs all of them alike.

What one leaves running disturbs the next: torch's threads spin on for a while after its turn. `winnow bench peers`,
with a process for each, is the judge of latencies.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.peers.load import MOST, OtherLoad

Contender = Callable[[], object]

FLOOR = "floor of this machine"
_WARM_UP = 2


def compete(contenders: Mapping[str, Contender], rounds: int, work: int = 1) -> dict[str, Any]:
    """Run each contender once a round, the first being ours, and each round beginning with the next one.

    Gives per contender `min_ms` and `median_ms` of a run, `per_second` of `work` units at the median, and `ratio`: its
    median divided by ours, None where other processes took more than 5% of the machine (`other_load`).
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders.items())
    for _, run in order * _WARM_UP:
        run()
    others = OtherLoad()
    for number in range(rounds):
        start = number % len(order)
        for name, run in order[start:] + order[:start]:
            started = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - started)
    load = others.share()
    ours = statistics.median(next(iter(times.values())))
    quiet = (load or 0.0) <= MOST
    rows = {name: _row(found, ours, work, quiet) for name, found in times.items()}
    return {"rounds": rounds, "other_load": load, "contenders": rows}


def _row(seconds: list[float], ours: float, work: int, quiet: bool) -> dict[str, float | None]:
    median = statistics.median(seconds)
    return {
        "min_ms": round(min(seconds) * 1000, 4),
        "median_ms": round(median * 1000, 4),
        "per_second": round(work / median, 1),
        "ratio": round(median / ours, 3) if quiet else None,
    }


def with_floor(found: dict[str, Any], seconds: float, work: int = 1) -> dict[str, Any]:
    """Add a row to what `compete` gave: the time that the machine needs at least for the same work."""
    ours = next(iter(found["contenders"].values()))
    row = {
        "min_ms": round(seconds * 1000, 4),
        "median_ms": round(seconds * 1000, 4),
        "per_second": round(work / seconds, 1),
        "ratio": None if ours["ratio"] is None else round(seconds * 1000 / ours["median_ms"], 3),
    }
    return {**found, "contenders": {**found["contenders"], FLOOR: row}}
