"""Reads a collection's passages with its reranker before anybody asks, so that questions need not wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.collection import Collection
from engine.errors import UsageError
from engine.protocols import ReadsAhead, Reranker
from engine.query.passages.as_read import passage_of
from engine.store.generation import Generation
from engine.types import RowId

_BATCH = 16  # passages: little is lost where a run is interrupted


@dataclass(frozen=True, slots=True)
class Warmed:
    """How many passages there are, and how many of them had not been read before."""

    passages: int
    read: int


def warm(collection: Collection, on_progress: Callable[[int, int], None] = lambda done, total: None) -> Warmed:
    """Read every passage that the collection's reranker has not read yet; `on_progress` is told (done, total).

    What is read is kept at once, so an interrupted run goes on where it stopped.

    Raises:
        UsageError: the collection has no reranker, or one that cannot read a passage before it knows the question, or
            keeping is turned off.
    """
    reranker = collection.searcher.reranker
    if not isinstance(reranker, ReadsAhead):
        raise _nothing_to_do(collection.name, reranker)
    if not reranker.keeps:
        raise UsageError(
            "What a reranker reads is not kept on this machine.",
            "Set WINNOW_RERANKER_DISK_MB above 0, and let WINNOW_CACHE name a folder that can be written.",
        )
    rows = list(_rows(collection.generation))
    read = 0
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        read += reranker.read_ahead([passage_of(collection.generation, row) for row in batch])
        on_progress(start + len(batch), len(rows))
    return Warmed(len(rows), read)


def _nothing_to_do(collection: str, reranker: Reranker | None) -> UsageError:
    if reranker is None:
        said = f"Nothing is reranked in {collection}, so there is nothing to read ahead."
        return UsageError(said, "Search at once. Without the preset `fast` there is a reranker (`winnow reembed`).")
    said = f"The reranker of {collection}, {reranker.name}, cannot read a passage before it knows the question."
    return UsageError(said, "The bundled reranker and other late-interaction models can.")


def _rows(generation: Generation) -> Iterator[RowId]:
    """The rows of all living chunks."""
    for number, (segment, living) in enumerate(zip(generation.segments, generation.living, strict=True)):
        for row in range(segment.entry.chunks):
            if living is None or living[row]:
                yield RowId(number, row)
