"""Turns: only as many searches at once as there are cores, the others in the order in which they came.

Searches that all run at once take the processor from each other, so that each of them is done late, and the reranking
of many is given up after all that went before it was done. In turns, each is done soon after it was begun.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from engine.awaited import Places
from engine.rerank.pace import Pace

_GUESS = 0.5  # seconds of a turn, until one has ended


class Turns:
    """`at_once` threads have a turn at the same time. Safe under threads."""

    def __init__(self, at_once: int) -> None:
        self._places = Places(at_once)
        self._pace = Pace(_GUESS)

    @property
    def busy(self) -> bool:
        """Whether the next one would have to wait."""
        return self._places.full

    @property
    def longest(self) -> float:
        """Seconds that a turn took at worst, lately."""
        return self._pace.slowest(1)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn, for which those wait that came later. Who has one must not ask for another.

        Raises:
            Abandoned: the client left before it came.
        """
        with self._places.one():
            began = time.monotonic()
            try:
                yield
            finally:
                self._pace.observe(1, time.monotonic() - began)
