"""Simulated time: what is to happen, in order of when."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Clock:
    """Seconds since the start; `run` lets everything happen that was planned."""

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Action]] = []
        self._number = count()  # of two at the same moment the one planned first

    def after(self, seconds: float, action: Action) -> None:
        heapq.heappush(self._planned, (self.now + seconds, next(self._number), action))

    def run(self) -> None:
        while self._planned:
            self.now, _, action = heapq.heappop(self._planned)
            action()
