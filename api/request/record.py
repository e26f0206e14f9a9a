"""Facts of the request that is being answered, collected on its way through the layers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from engine.types import SearchResult


@dataclass(frozen=True, slots=True)
class Searched:
    """A search that was made, of `collection` (None: of a document that is not stored), finished at `ended_ns`
    (`time.time_ns()`).
    """

    collection: str | None
    result: SearchResult
    ended_ns: int


@dataclass(slots=True)
class Record:
    """Facts of one request, which may search several collections."""

    request_id: str
    searches: list[Searched] = field(default_factory=list)

    @property
    def collections(self) -> list[str]:
        return list(dict.fromkeys(search.collection for search in self.searches if search.collection is not None))

    @property
    def degraded(self) -> list[str]:
        return sorted({reason for search in self.searches for reason in search.result.degraded})

    @property
    def timings_ms(self) -> Mapping[str, float]:
        """Milliseconds by stage, of all searches together."""
        total: dict[str, float] = {}
        for search in self.searches:
            for name, ms in search.result.timings_ms.items():
                total[name] = total.get(name, 0.0) + ms
        return total


# Threads that work for a request run in a copy of its context: they see the same object.
_current: ContextVar[Record | None] = ContextVar("winnow_request", default=None)


def begin(request_id: str) -> Record:
    """The record of a request that has just come in, which is the current one from now on."""
    record = Record(request_id)
    _current.set(record)
    return record


def note_search(collection: str | None, result: SearchResult) -> None:
    """A search was made. Nothing is noted outside of a request."""
    if (record := _current.get()) is not None:
        record.searches.append(Searched(collection, result, time.time_ns()))
