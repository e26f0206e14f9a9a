"""Reading ahead: where there is much to read, other processes parse and cut what comes next."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from typing import NamedTuple

from indexer.reading.processes import Batch, Processes
from indexer.reading.reading import Reader, Reading
from indexer.sources.movable import Movable
from indexer.sources.source import Found, Source

START = 2**20  # bytes that are read in this process first: a process takes a second to start
BATCH = 2**18  # bytes of documents that are read together
LARGEST = 2**23  # bytes of a document that is handed to another process
AHEAD = 2**23  # bytes that are held of what comes next: in memory, with what was read of them, three times as much
_LEAST = 2**10  # bytes that anything found counts for

Read = Callable[[], Reading]  # ParseFailed, and what else parsing raises


def readings(
    sources: Iterator[Found],
    reader: Reader,
    wanted: Callable[[Source], bool],
    count: int,
    on_processes: Callable[[Processes], None] = lambda processes: None,
) -> Generator[tuple[Found, Read]]:
    """Everything found, in its order, each source with what reads it.

    Sources that are not `wanted` are not read ahead; they may still be read. `count` processes begin once there is
    enough to read, which `on_processes` is told, and end with the iterator. What they cannot read is read here, and
    nothing behind it is looked for until it is taken.
    """
    many = START if count and reader.movable else math.inf  # others cannot be moved
    size = 0
    for found in sources:
        if isinstance(found, Source) and not _stays(found) and wanted(found):
            size += _size(found)
        yield found, _read_here(found, reader)
        if size >= many:
            break
    else:
        return
    with closing(Processes(count, reader)) as processes:
        on_processes(processes)
        yield from _Ahead(sources, reader, wanted, processes)


class _Waiting(NamedTuple):
    found: Found
    read: Read
    size: int
    batch: Batch | None  # in which it is read


class _Ahead:
    """Everything found and not taken yet, in order."""

    def __init__(
        self, sources: Iterator[Found], reader: Reader, wanted: Callable[[Source], bool], processes: Processes
    ) -> None:
        self._sources = sources
        self._reader = reader
        self._wanted = wanted
        self._processes = processes
        self._waiting: deque[_Waiting] = deque()
        self._held = 0
        self._batch, self._batched = Batch(), 0  # not given yet, and its bytes

    def __iter__(self) -> Iterator[tuple[Found, Read]]:
        while self._look():
            first = self._waiting.popleft()
            self._held -= first.size
            if first.batch is self._batch:
                self._give()
            yield first.found, first.read

    def _look(self) -> bool:
        """Look for sources until enough is held, or the last one has to be read here; whether any waits."""
        while self._held < AHEAD and not (self._waiting and _stays(self._waiting[-1].found)):
            found = next(self._sources, None)
            if found is None:
                break
            self._waiting.append(self._planned(found))
            self._held += self._waiting[-1].size
            if self._batched >= BATCH:
                self._give()
        return bool(self._waiting)

    def _planned(self, found: Found) -> _Waiting:
        size = _size(found)
        if not isinstance(found, Source) or _stays(found) or not self._wanted(found):
            return _Waiting(found, _read_here(found, self._reader), size, None)
        batch, place = self._batch, len(self._batch.work)
        batch.work.append((found.id, found.parse))
        self._batched += size
        return _Waiting(found, partial(self._processes.reading, batch, place), size, batch)

    def _give(self) -> None:
        self._processes.give(self._batch)
        self._batch, self._batched = Batch(), 0


def _read_here(found: Found, reader: Reader) -> Read:
    return partial(reader.read, found.id, found.parse) if isinstance(found, Source) else _nothing


def _nothing() -> Reading:
    raise AssertionError  # nobody reads what is no source


def _stays(found: Found) -> bool:
    """Whether it has to be read in this process."""
    return isinstance(found, Source) and not (isinstance(found.parse, Movable) and found.parse.size <= LARGEST)


def _size(found: Found) -> int:
    parse = found.parse if isinstance(found, Source) else None
    return max(parse.size, _LEAST) if isinstance(parse, Movable) else _LEAST
