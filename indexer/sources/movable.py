"""Parsing that another process may do (indexer/reading)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from indexer.parsers.base import Parsed


@dataclass(frozen=True, slots=True)
class Movable:
    """A source's `parse` that needs nothing but what it holds, which is about `size` bytes."""

    parse: Callable[[], Parsed]
    size: int

    def __call__(self) -> Parsed:
        return self.parse()
