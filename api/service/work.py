"""Work that somebody waits for: it ends once the time is over, or nobody waits any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from engine.errors import Overloaded
from engine.types import Float32

AT_ONCE = 32  # texts between two looks at the clock: a second or two of a small model on two cores

Item = TypeVar("Item")


class Work:
    """`until` is a `time.monotonic()`; None: as long as it takes. `stop` may be called by another thread."""

    def __init__(self, until: float | None = None) -> None:
        self.until = until
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Nobody waits any more."""
        self._stopped.set()

    def check(self) -> None:
        """Raise Overloaded when the work should end."""
        if self._stopped.is_set():
            raise Overloaded("Nobody waits for the answer any more.")
        if self.until is not None and time.monotonic() >= self.until:
            raise Overloaded("The time limit of the request has passed.", "Ask for less at once.")

    def in_parts(
        self, items: Sequence[Item], length: Callable[[Item], int], compute: Callable[[list[Item]], Float32]
    ) -> Float32:
        """A row of `compute` for each item, in their order; computed in parts of like lengths. Overloaded."""
        order = sorted(range(len(items)), key=lambda place: length(items[place]), reverse=True)
        parts = [order[start : start + AT_ONCE] for start in range(0, len(order), AT_ONCE)] or [[]]
        computed = []
        for part in parts:
            self.check()
            computed.append(compute([items[place] for place in part]))
        rows = np.concatenate(computed)
        result = np.empty_like(rows)
        result[order] = rows
        return result
