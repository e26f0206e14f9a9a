"""Memory of what was found in files that have not changed since, so that a folder can be looked at often without being
read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from engine.errors import ParseFailed
from indexer.parsers import Parsed
from indexer.sources.source import Failed, Found, Source

_SETTLED_NS = 2 * 10**9  # a file that was written so short ago may be written again without its date changing

Read = Callable[[], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class _Kept:
    signature: tuple[int, ...]
    found: tuple[Found, ...]


class Seen:
    """Remembers, for as long as the process lives, what each file held: ids, hashes and what was skipped; no text."""

    def __init__(self) -> None:
        self.stored: Collection[str] = frozenset()  # content hashes of what need not be read again
        self._files: dict[Path, _Kept] = {}

    def __call__(self, file: Path, read: Read) -> Iterator[Found]:
        """Sources that `read` finds in the file, without reading it if it is as it was, and all that it holds
        is stored.
        """
        before = _signature(file)
        kept = self._files.get(file)
        if kept is not None and kept.signature == before and self._are_stored(kept.found):
            yield from kept.found
            return
        self._files.pop(file, None)
        all_found: list[Found] = []
        whole = before is not None
        for found in read():
            whole = whole and not isinstance(found, Failed)
            all_found.append(replace(found, parse=partial(_again, read, found)) if isinstance(found, Source) else found)
            yield found
        if whole and before is not None and _signature(file) == before and _is_settled(before):
            self._files[file] = _Kept(before, tuple(all_found))

    def _are_stored(self, found: Iterable[Found]) -> bool:
        return all(one.content_hash in self.stored for one in found if isinstance(one, Source))


def _again(read: Read, source: Source) -> Parsed:
    """The document, from its file, which has not changed since it was found. ParseFailed."""
    for found in read():
        if isinstance(found, Source) and (found.id, found.content_hash) == (source.id, source.content_hash):
            return found.parse()
    raise ParseFailed("The file changed while it was being read.", "It is read again in the next pass.")


def _signature(file: Path) -> tuple[int, ...] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_settled(signature: tuple[int, ...]) -> bool:
    return time.time_ns() - max(signature[-2:]) > _SETTLED_NS
