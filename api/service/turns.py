"""Turns: only as many searches at once as there are cores, the others in the order in which they came.

Searches that all run at once take the processor from each other, so that each of them is done late, and the reranking
of many is given up after all that went before it was done. In turns, each is done soon after it was begun.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from engine.rerank.pace import Pace

_GUESS = 0.5  # seconds of a turn, until one has ended


class Turns:
    """`at_once` threads have a turn at the same time. Safe under threads."""

    def __init__(self, at_once: int) -> None:
        self._lock = Lock()
        self._free = at_once
        self._waiting: deque[Lock] = deque()
        self._pace = Pace(_GUESS)

    @property
    def busy(self) -> bool:
        """Whether the next one would have to wait."""
        return not self._free

    @property
    def longest(self) -> float:
        """Seconds that a turn took at worst, lately."""
        return self._pace.slowest(1)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn, for which those wait that came later. Who has one must not ask for another."""
        self._begin()
        began = time.monotonic()
        try:
            yield
        finally:
            self._pace.observe(1, time.monotonic() - began)
            self._end()

    def _begin(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()  # until somebody's turn ends

    def _end(self) -> None:
        """Hand the turn on: a free one could be taken by somebody who came later."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
