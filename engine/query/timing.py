"""Wall time of each stage of a query."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timings:
    """Collects milliseconds by stage name; a stage entered twice adds up.

    `began_ms` is when each stage was first entered, since the beginning.
    """

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self.began_ms: dict[str, float] = {}
        self._made = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        self.began_ms.setdefault(name, (started - self._made) * 1000.0)
        try:
            yield
        finally:
            self.ms[name] = self.ms.get(name, 0.0) + (time.perf_counter() - started) * 1000.0

    def so_far(self) -> dict[str, float]:
        """The stages, and as "total" the time since the beginning."""
        return {**self.ms, "total": (time.perf_counter() - self._made) * 1000.0}
