"""Places where work waits and is done: a replica of a shard, and the cores of the front."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.cluster.clock import Action, Clock

_NORMAL_95 = 1.6448536269514722  # the standard normal distribution's 95th percentile


@dataclass(frozen=True, slots=True)
class Times:
    """Log-normal times of one piece of work, in milliseconds, by two percentiles that were measured; and the share
    `stalls` of them, which take `stall`: a page that has to come from the disk.
    """

    p50: float
    p95: float
    stalls: float = 0.0
    stall: float = 0.0

    def draw(self, luck: random.Random) -> float:
        """One of them, in seconds."""
        if self.stalls and luck.random() < self.stalls:
            return self.stall / 1000
        return self.p50 / 1000 * math.exp(luck.gauss(0.0, self.sigma))

    @property
    def sigma(self) -> float:
        """The standard deviation of their logarithm."""
        return math.log(self.p95 / self.p50) / _NORMAL_95


class Wrong(StrEnum):
    """Kind of fault of a replica: its calls fail at once, are never answered, or take ten times as long."""

    DEAD = "dead"
    CUT = "cut"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Fault:
    """Fault of a replica between two moments, in seconds."""

    kind: Wrong
    begin: float = 0.0
    end: float = math.inf


SLOWER = 10


class Station:
    """So many workers that take what waits in order of arrival."""

    def __init__(self, clock: Clock, workers: int) -> None:
        self._clock, self._free = clock, workers
        self._waiting: deque[tuple[float, Action]] = deque()

    def work(self, seconds: float, then: Action) -> None:
        """Do a piece of work as soon as a worker is free, and `then` what follows."""
        self._waiting.append((seconds, then))
        self._take()

    def _take(self) -> None:
        if not self._free or not self._waiting:
            return
        self._free -= 1
        seconds, then = self._waiting.popleft()

        def finish() -> None:
            self._free += 1
            self._take()
            then()

        self._clock.after(seconds, finish)


class SimulatedReplica:
    """A replica as far as its times go. `name` is what `engine.cluster.routing.Load` counts its calls by."""

    def __init__(self, name: str, clock: Clock, threads: int, fault: Fault | None = None) -> None:
        self.name = name
        self._clock, self._fault = clock, fault
        self._station = Station(clock, threads)

    def call(self, seconds: float, answered: Action, failed: Action) -> None:
        """Ask it for work of so many seconds; one of the two follows, or neither where its link is cut."""
        fault = self._fault
        wrong = fault.kind if fault and fault.begin <= self._clock.now < fault.end else None
        if wrong is Wrong.DEAD:
            self._clock.after(0.0, failed)
        elif wrong is not Wrong.CUT:
            self._station.work(seconds * (SLOWER if wrong is Wrong.SLOW else 1), answered)
