"""Texts of many documents on their way from files into one, a block at a time.

Arrow writes a column from one piece of memory, which for a merged segment would be all of its text. So it is shown
memory of that size that nobody touches, and the file that it writes to puts the texts in its place.
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.errors import StoreDamaged
from engine.store.segments.guard import REMEDY
from engine.types import RowMask

COLUMN = "text"
_BLOCK = 1 << 20  # bytes


class Texts:
    """The texts in the flagged rows of tables of documents on disk, one after the other."""

    def __init__(self, tables: Sequence[tuple[Path, RowMask]]) -> None:
        self._tables = [(path, _places(path), flags) for path, flags in tables]

    def sizes(self) -> NDArray[np.int64]:
        """The bytes of each text in UTF-8, shape (texts,)."""
        return np.concatenate([np.empty(0, np.int64), *(np.diff(places)[flags] for _, places, flags in self._tables)])

    def blocks(self) -> Iterator[bytes]:
        """Yield all bytes in order. StoreDamaged where a file has become shorter."""
        for path, places, flags in self._tables:
            with path.open("rb") as stream:
                for first, end in _runs(flags):
                    stream.seek(places[first])
                    yield from _read(stream, int(places[end] - places[first]))


def write_with_texts(path: Path, table: pa.Table, place: int, texts: Texts) -> None:
    """Write a table of one piece, with the column of texts at `place`, as one uncompressed record batch."""
    ends = np.concatenate(([0], np.cumsum(texts.sizes())))
    size = int(ends[-1])
    untouched = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) if size else b""
    stand_in = pa.py_buffer(untouched)
    column = pa.LargeStringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), stand_in)
    whole = table.add_column(place, COLUMN, column)
    with _File(path, stand_in, texts) as sink, pa.ipc.new_file(sink, whole.schema) as writer:
        writer.write_table(whole)


class _File(io.BufferedWriter):
    def __init__(self, path: Path, stand_in: pa.Buffer, texts: Texts) -> None:
        super().__init__(io.FileIO(path, "wb"))
        self._stand_in, self._texts = stand_in, texts

    def write(self, data: Any) -> int:
        given = pa.py_buffer(data)
        if given.size == 0 or not 0 <= given.address - self._stand_in.address < self._stand_in.size:
            return super().write(data)
        if given.size != self._stand_in.size:  # its other pieces would be written as zeros
            raise RuntimeError("pyarrow wrote a column in pieces, which this version of it was not known to do.")
        return sum(map(super().write, self._texts.blocks()))


def _places(path: Path) -> NDArray[np.int64]:
    """Where in a file the text of each row begins, and the last one ends: shape (rows + 1,)."""
    whole = pa.memory_map(str(path)).read_buffer()
    table = pa.ipc.open_file(whole).read_all()
    if not table.num_rows:
        return np.zeros(1, np.int64)
    column = table.column(COLUMN).chunk(0)
    _, starts, texts = column.buffers()
    places = np.frombuffer(starts, np.int64)[column.offset : column.offset + len(column) + 1]
    return places + (texts.address - whole.address if texts.size else 0)


def _runs(flags: RowMask) -> Iterator[tuple[int, int]]:
    """The ranges [first, end) of neighbours that are flagged."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _read(stream: io.BufferedReader, size: int) -> Iterator[bytes]:
    while size:
        block = stream.read(min(size, _BLOCK))
        if not block:
            raise StoreDamaged(f"{stream.name} is truncated.", REMEDY)
        size -= len(block)
        yield block
