"""How many bytes of the files that an ingest reads have been read so far, also inside of a large one."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO

from indexer.parsers import is_readable
from indexer.sources.walk import Ignore, walk


class Meter:
    """`size` is what there is to read, in bytes, None where nobody knows; `read` what of it has been read."""

    def __init__(self, size: int | None) -> None:
        self.size = size
        self.read = 0


_current: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered(paths: Sequence[Path], ignore: Ignore | None) -> Iterator[Meter]:
    """Count what is read of the files at and under `paths` until the end of the block. SourceNotFound."""
    meter = Meter(sum(_size(file) for file in walk(paths, ignore) if isinstance(file, Path) and is_readable(file.name)))
    token = _current.set(meter)
    try:
        yield meter
    finally:
        _current.reset(token)


def read_file(path: Path) -> bytes:
    """The bytes of a file. OSError."""
    data = path.read_bytes()
    if is_readable(path.name):  # what is only known by its content is not in the size either
        _count(len(data))
    return data


def open_file(path: Path) -> IO[bytes]:
    """A file to be read. OSError."""
    return io.BufferedReader(_Counted(path))


class _Counted(io.FileIO):
    def readinto(self, buffer: object) -> int | None:
        count = super().readinto(buffer)  # type: ignore[arg-type]
        _count(count or 0)
        return count


def _count(read: int) -> None:
    meter = _current.get()
    if meter is not None:  # files that are looked at twice, or were not expected to be readable, make it no more
        meter.read = meter.read + read if meter.size is None else min(meter.read + read, meter.size)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # gone meanwhile
        return 0
