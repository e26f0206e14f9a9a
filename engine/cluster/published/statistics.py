"""Statistics of a whole generation in two files, since no machine of a cluster has all segments to count them.

    terms   each term that a living chunk holds, sorted by UTF-8 byte, with how many chunks hold it
    words   each word as it is written, with how often, in the order in which segments have them

With the totals of the manifest they are what a single machine counts: BM25 and corrections of typos are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.damage import damage_typed
from engine.lexical.forward_index import ABSENT, find_term
from engine.store.manifest import LivingTotals
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import Tombstones

Counted = Iterable[tuple[Segment, Tombstones | None]]
_REMEMBERED = 1 << 16  # terms looked up lately


def write_terms(path: Path, segments: Counted) -> None:
    """Write the file `terms` of a generation's segments, each with its deleted rows."""
    nothing = pa.table({"term": pa.array([], pa.large_binary()), "frequency": pa.array([], pa.int64())})
    tables = [nothing, *(_terms(segment, deleted) for segment, deleted in segments)]
    summed = pa.concat_tables(tables).group_by("term").aggregate([("frequency", "sum")])
    living = summed.filter(pc.greater(summed.column("frequency_sum"), 0)).sort_by("term")
    _write(path, pa.table({"term": living.column("term"), "frequency": living.column("frequency_sum")}))


def write_words(path: Path, segments: Iterable[Segment]) -> None:
    """Write the file `words`."""
    counts = Counter[str]()
    for segment in segments:
        counts.update(segment.lexical.vocabulary)
    words = pa.array([word.encode("utf-8", "surrogatepass") for word in counts], pa.large_binary())
    _write(path, pa.table({"word": words, "count": pa.array(list(counts.values()), pa.int64())}))


def read_words(path: Path) -> dict[str, int]:
    """Word -> occurrences. StoreDamaged."""
    table = _read(path)
    words = (word.decode("utf-8", "surrogatepass") for word in table.column("word").to_pylist())
    return dict(zip(words, table.column("count").to_pylist(), strict=True))


class PublishedStatistics:
    """Implements engine.lexical.statistics.WholeStatistics by a file `terms`, mapped. Safe under threads."""

    def __init__(self, path: Path, living: LivingTotals) -> None:
        """Map the file. StoreDamaged."""
        table = _read(path)
        self._table = table  # keeps the map
        starts, terms = _layout(table.column("term"))
        self._frequencies: NDArray[np.int64] = table.column("frequency").to_numpy()
        self._living = living
        found = partial(find_term, terms, starts.data, table.num_rows)
        self._number = lru_cache(_REMEMBERED)(found)

    @property
    def chunk_count(self) -> int:
        return self._living.chunks

    @property
    def title_length(self) -> int:
        return self._living.title_length

    @property
    def body_length(self) -> int:
        return self._living.body_length

    def document_frequency(self, term: str) -> int:
        """Living chunks that hold the term."""
        number = self._number(term)
        return 0 if number == ABSENT else int(self._frequencies[number])

    def document_frequencies(self, terms: Set[str]) -> dict[str, int]:
        """The frequencies of those of many terms that any living chunk holds."""
        return {term: frequency for term in terms if (frequency := self.document_frequency(term))}


@dataclass(frozen=True, slots=True)
class QueryStatistics:
    """Statistics of a generation for the terms of one query, which travel to its shards."""

    chunk_count: int
    title_length: int
    body_length: int
    frequencies: Mapping[str, int]

    def document_frequency(self, term: str) -> int:
        return self.frequencies[term]

    def document_frequencies(self, terms: Set[str]) -> dict[str, int]:
        """The same of several terms of the query."""
        return {term: frequency for term in terms if (frequency := self.frequencies[term])}


def _terms(segment: Segment, deleted: Tombstones | None) -> pa.Table:
    ends, terms, stored = segment.lexical.forward.dictionary()
    frequencies = stored.astype(np.int64)
    if deleted is not None:
        frequencies[deleted.term_ids] -= deleted.counts.astype(np.int64)
    offsets = pa.py_buffer(ends.astype(np.int64)) if len(frequencies) else pa.py_buffer(np.zeros(1, np.int64))
    column = pa.Array.from_buffers(pa.large_binary(), len(frequencies), [None, offsets, pa.py_buffer(terms)])
    return pa.table({"term": column, "frequency": pa.array(frequencies)})


def _layout(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], memoryview]:
    """Where each value begins, with the end of the last, and the bytes of all."""
    if not len(column):
        return np.zeros(1, np.int64), memoryview(b"")
    _, starts, values = column.chunk(0).buffers()
    return np.frombuffer(starts, np.int64), memoryview(values)


def _write(path: Path, table: pa.Table) -> None:
    """One batch, so that a column is one piece of memory."""
    whole = table.combine_chunks()
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, whole.schema) as writer:
        writer.write_table(whole)


def _read(path: Path) -> Any:
    """The mapped table; its bytes were checked when it was copied here."""
    with damage_typed(f"{path} cannot be opened", "Remove it: it is copied again."):
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
