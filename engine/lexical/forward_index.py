"""The forward index of a segment: which terms each row holds and how often; row-major, memory-mapped, read-only.

Raw little-endian arrays, one file each. Terms are sorted by code point (equally: by UTF-8 byte) and stored end to end;
rows are compressed sparse rows (CSR) of term ids, sorted within a row. Nothing is read before it is asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import StoreDamaged
from engine.types import RowMask, Rows

Number = TypeVar("Number", bound=np.generic)

# name -> (file, dtype). V terms, N rows, P pairs of a row and a term it holds.
FILES: dict[str, tuple[str, str]] = {
    "terms": ("terms.utf8", "<u1"),
    "term_ends": ("term_ends.u64", "<u8"),  # (V + 1,) term i is bytes [term_ends[i], term_ends[i + 1])
    "document_frequency": ("document_frequency.u32", "<u4"),  # (V,) rows that hold the term
    "row_ends": ("row_ends.u64", "<u8"),  # (N + 1,) row i is pairs [row_ends[i], row_ends[i + 1])
    "term_ids": ("term_ids.u32", "<u4"),  # (P,)
    "title_tf": ("title_tf.u16", "<u2"),  # (P,) occurrences, saturating at 65535
    "body_tf": ("body_tf.u16", "<u2"),  # (P,)
    "title_length": ("title_length.u32", "<u4"),  # (N,) terms, repetitions included
    "body_length": ("body_length.u32", "<u4"),  # (N,)
}

ABSENT = -1  # the id of a term that the segment does not hold
_BLOCK = 4_194_304  # pairs looked at in one piece: bounds the memory of a pass over all
_REMEDY = "Run `winnow repair` with the collection's name: it rebuilds the index."
_REMEMBERED = 1 << 15  # terms looked up lately, per segment; a word with its compounds is a hundred


class Occurrences(NamedTuple):
    """Pairs of a row and a term that it holds, each array of shape (pairs,). `places` are the rows' places among those
    asked for; the frequencies saturate at 65535.
    """

    places: NDArray[np.int64]
    term_ids: NDArray[np.uint32]
    title_tf: NDArray[np.uint16]
    body_tf: NDArray[np.uint16]


class ForwardRows(NamedTuple):
    """Rows side by side: `row_sizes` (rows,) says how many (row, term) pairs each has; `term_ids`, `title_tf` and
    `body_tf` (pairs,) are sorted by row, then term; `title_length` and `body_length` are (rows,).
    """

    row_sizes: NDArray[np.integer[Any]]
    term_ids: NDArray[np.integer[Any]]
    title_tf: NDArray[np.integer[Any]]
    body_tf: NDArray[np.integer[Any]]
    title_length: NDArray[np.integer[Any]]
    body_length: NDArray[np.integer[Any]]


class ForwardIndex:
    """Opened in a directory that `ForwardFiles` wrote. Safe under threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @cached_property
    def term_id(self) -> Callable[[str], int]:
        """The id of a term, ABSENT where the segment does not hold it."""
        # No method of this object: it would hold its own cache, and its files stay open until a garbage collection.
        return lru_cache(_REMEMBERED)(partial(find_term, self._terms, self._term_ends, self.term_count))

    def dictionary(self) -> tuple[NDArray[np.uint64], memoryview, NDArray[np.uint32]]:
        """All terms in order, term i being bytes [ends[i], ends[i + 1]) of the second, with how many rows hold each."""
        return self._map("term_ends"), self._terms, self._map("document_frequency")

    @cached_property
    def rows(self) -> int:
        return self._count("title_length")

    @cached_property
    def term_count(self) -> int:
        return self._count("document_frequency")

    def term_ids(self, terms: Sequence[str]) -> NDArray[np.int64]:
        """The id of each term, ABSENT where the segment does not hold it; shape (len(terms),)."""
        return np.array([self.term_id(term) for term in terms], np.int64)

    def document_frequency(self, term: str) -> int:
        """How many rows hold the term, deleted or not."""
        term_id = self.term_id(term)
        return 0 if term_id == ABSENT else self._document_frequency[term_id]

    def terms(self) -> Iterator[bytes]:
        """Yield each term in UTF-8, in the order of their ids."""
        terms, ends = bytes(self._terms), self._term_ends.tolist()
        return (terms[start:end] for start, end in pairwise(ends))

    def document_frequencies(self) -> Iterator[tuple[str, int]]:
        """Yield each term with how many rows hold it, deleted or not, in the order of their ids."""
        names = (term.decode("utf-8", "surrogatepass") for term in self.terms())
        return zip(names, self._document_frequency.tolist(), strict=True)

    def occurrences(self, rows: Rows, term_ids: Sequence[int]) -> Occurrences:
        """The pairs of one of the rows and one of the terms that it holds, in the order of `rows`.

        Each row is read whole: to look for hundreds of terms costs no more than to look for one.
        """
        wanted = np.zeros(self.term_count, np.bool_)
        wanted[list(term_ids)] = True
        starts, ends = self._row_ends[rows].astype(np.int64), self._row_ends[rows + 1].astype(np.int64)
        read = self._ids_between(starts, ends)
        held, last = np.flatnonzero(wanted[read]), np.cumsum(ends - starts)
        places = np.searchsorted(last, held, side="right")
        pairs = held + (ends - last)[places]
        return Occurrences(places, read[held], self._title_tf[pairs], self._body_tf[pairs])

    def rows_with(self, term_ids: Sequence[int]) -> RowMask:
        """The rows that hold any of the terms, shape (rows,): one pass over all pairs, whatever matches."""
        wanted, mask = np.zeros(self.term_count, np.bool_), np.zeros(self.rows, np.bool_)
        wanted[list(term_ids)] = True
        for start in range(0, len(self._term_ids), _BLOCK):
            pairs = np.flatnonzero(wanted[self._term_ids[start : start + _BLOCK]]) + start
            mask[np.searchsorted(self._row_ends, pairs.astype(np.uint64), side="right") - 1] = True
        return mask

    def lengths(self, rows: Rows) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Terms in title and body of each row: two arrays of shape (len(rows),)."""
        return self._title_length[rows], self._body_length[rows]

    def blocks(self, rows: int) -> Iterator[ForwardRows]:
        """Yield all rows as they are, so many at a time. They are read, not mapped: who copies them needs them once."""
        for start in range(0, self.rows, rows):
            end = min(start + rows, self.rows)
            ends = self._read("row_ends", start, end + 1).astype(np.int64)
            pairs = [self._read(name, ends[0], ends[-1]) for name in ("term_ids", "title_tf", "body_tf")]
            lengths = [self._read(name, start, end) for name in ("title_length", "body_length")]
            yield ForwardRows(np.diff(ends), *pairs, *lengths)

    def counts(self, rows: Rows) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """The ids of the terms that the rows hold, ascending, and how many of the rows hold each."""
        read = self._ids_between(self._row_ends[rows], self._row_ends[rows + 1])
        ids, counts = np.unique(read, return_counts=True)
        return ids, counts.astype(np.uint32)

    def _ids_between(self, starts: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]) -> NDArray[np.uint32]:
        """The term ids of all pairs [starts, ends): pieces are read faster than single ids."""
        ids = self._term_ids
        pieces = [ids[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return np.concatenate([np.empty(0, np.uint32), *pieces])

    # The files, mapped on first use. Views of plain arrays: numpy.memmap's own indexing is several times slower.

    @cached_property
    def _terms(self) -> memoryview:
        return self._map("terms").data

    @cached_property
    def _term_ends(self) -> memoryview:
        return self._map("term_ends").data

    @cached_property
    def _document_frequency(self) -> memoryview:
        return self._map("document_frequency").data

    @cached_property
    def _row_ends(self) -> NDArray[np.uint64]:
        return self._map("row_ends")

    @cached_property
    def _term_ids(self) -> NDArray[np.uint32]:
        return self._map("term_ids")

    @cached_property
    def _title_tf(self) -> NDArray[np.uint16]:
        return self._map("title_tf")

    @cached_property
    def _body_tf(self) -> NDArray[np.uint16]:
        return self._map("body_tf")

    @cached_property
    def _title_length(self) -> NDArray[np.uint32]:
        return self._map("title_length")

    @cached_property
    def _body_length(self) -> NDArray[np.uint32]:
        return self._map("body_length")

    def _map(self, name: str) -> NDArray[Any]:
        file, dtype = FILES[name]
        if not self._count(name):
            return np.empty(0, dtype)  # an empty file cannot be mapped
        return np.asarray(np.memmap(self._directory / file, dtype, mode="r"))

    def _read(self, name: str, start: int, end: int) -> NDArray[Any]:
        file, dtype = FILES[name]
        found = np.fromfile(self._directory / file, dtype, end - start, offset=start * np.dtype(dtype).itemsize)
        if len(found) != end - start:
            raise StoreDamaged(f"{self._directory / file} is truncated.", _REMEDY)
        return found

    def _count(self, name: str) -> int:
        file, dtype = FILES[name]
        path, item = self._directory / file, np.dtype(dtype).itemsize
        try:
            size = path.stat().st_size
        except OSError as error:
            raise StoreDamaged(f"{path} cannot be read: {error}", _REMEDY) from error
        if size % item:
            raise StoreDamaged(f"{path} is truncated: {size} bytes.", _REMEDY)
        return size // item


def pieces(
    values: NDArray[Number], starts: NDArray[np.integer[Any]], ends: NDArray[np.integer[Any]]
) -> NDArray[Number]:
    """The values [starts, ends) of each piece, one piece after the other; without a loop, for many short pieces."""
    sizes = (ends - starts).astype(np.int64)
    before = np.cumsum(sizes) - sizes
    found: NDArray[Number] = values[np.repeat(starts.astype(np.int64) - before, sizes) + np.arange(sizes.sum())]
    return found


def find_term(terms: memoryview, ends: memoryview, count: int, term: str) -> int:
    """The number of a term among `count` sorted ones, term i being bytes [ends[i], ends[i + 1]); ABSENT where it is not
    there.
    """
    wanted = term.encode("utf-8", "surrogatepass")
    place = bisect_left(range(count), wanted, key=lambda place: bytes(terms[ends[place] : ends[place + 1]]))
    held = place < count and bytes(terms[ends[place] : ends[place + 1]]) == wanted
    return place if held else ABSENT
