"""How much of the machine others used meanwhile.

Threads that spin while they wait (torch's, OpenBLAS's) become tens of times slower when another process takes one of
their cores, while sleeping ones (ours) hardly notice: a latency measured on a busy machine compares nothing.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

MOST = 0.05  # share of all cores above which no time is set beside another

_BUSY = (0, 1, 2, 5, 6, 7)  # user, nice, system, irq, softirq, steal; see proc_stat(5)


class OtherLoad:
    """Counts from its creation on; None where the system does not tell."""

    def __init__(self) -> None:
        self._busy, self._own, self._wall = _busy_seconds(), time.process_time(), time.monotonic()

    def share(self) -> float | None:
        """CPU time of all other processes, as a share of what all cores could have given."""
        busy, wall = _busy_seconds(), time.monotonic() - self._wall
        if busy is None or self._busy is None or wall <= 0:
            return None
        others = busy - self._busy - (time.process_time() - self._own)
        return round(min(max(others / (wall * (os.cpu_count() or 1)), 0.0), 1.0), 3)


def _busy_seconds() -> float | None:
    stat = Path("/proc/stat")
    if not stat.is_file():
        return None
    ticks = stat.read_text(encoding="utf-8").splitlines()[0].split()[1:]
    return sum(int(ticks[column]) for column in _BUSY) / os.sysconf("SC_CLK_TCK")
