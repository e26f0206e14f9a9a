"""The lexical half of a segment: a tantivy index that finds candidates and a forward index that scores them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from engine.lexical.analysis import analyse
from engine.lexical.forward_index import ForwardIndex
from engine.lexical.forward_writer import ForwardWriter
from engine.lexical.tantivy_index import TantivyIndex, TantivyWriter
from engine.types import Rows

_FORWARD, _TANTIVY = "forward", "tantivy"


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """One row to index. `title` is the document's title with the heading path, `body` the chunk's text."""

    title: str
    body: str
    language: str


@dataclass(frozen=True, slots=True)
class LexicalTotals:
    """Rows, and the terms in their titles and bodies, repetitions included."""

    chunks: int
    title_length: int
    body_length: int


def write_lexical(directory: Path, entries: Iterable[LexicalEntry]) -> LexicalTotals:
    """Writes both indexes of the rows into `directory`, which it creates. The caller fsyncs files and folders."""
    for name in (_FORWARD, _TANTIVY):
        (directory / name).mkdir(parents=True)
    forward, tantivy = ForwardWriter(), TantivyWriter(directory / _TANTIVY)
    rows = title_length = body_length = 0
    for entry in entries:
        title, body = analyse(entry.title, entry.language), analyse(entry.body, entry.language)
        forward.add(title, body)
        tantivy.add(title, body)
        rows += 1
        title_length += len(title)
        body_length += len(body)
    forward.write(directory / _FORWARD)
    tantivy.write()
    return LexicalTotals(rows, title_length, body_length)


class LexicalSegment:
    """Read-only and safe under threads. Opening reads nothing; each index is opened when first asked."""

    def __init__(self, directory: Path, cache: Path | None = None) -> None:
        self._directory, self._cache, self._opening = directory, cache, Lock()
        self._tantivy: TantivyIndex | None = None
        self.forward = ForwardIndex(directory / _FORWARD)

    @staticmethod
    def open(directory: Path, cache: Path | None = None) -> LexicalSegment:
        """`directory` may be read-only: `cache` (default: the system's temporary folder) holds tantivy's lock file."""
        return LexicalSegment(directory, cache)

    @property
    def tantivy(self) -> TantivyIndex:
        """Raises StoreDamaged where tantivy cannot open its files."""
        with self._opening:
            if self._tantivy is None:
                self._tantivy = TantivyIndex(self._directory / _TANTIVY, self._cache)
            return self._tantivy

    @property
    def rows(self) -> int:
        return self.forward.rows

    def document_frequency(self, term: str) -> int:
        """How many rows hold the term, in title or body, dead or alive."""
        return self.forward.document_frequency(term)

    def term_ids(self, terms: Sequence[str]) -> NDArray[np.int64]:
        """Each term's place in this segment's sorted dictionary, -1 where it is not in it."""
        return self.forward.term_ids(terms)

    def dead_counts(self, rows: Rows) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Ids of the terms that the given (distinct) rows hold, ascending, and how many of the rows hold each."""
        return self.forward.counts(rows)

    def totals(self, rows: Rows) -> LexicalTotals:
        """The lengths of the given rows together."""
        title, body = self.forward.lengths(rows)
        return LexicalTotals(len(rows), int(title.sum(dtype=np.int64)), int(body.sum(dtype=np.int64)))

    @cached_property
    def all_totals(self) -> LexicalTotals:
        """The lengths of all rows together, dead or alive."""
        return self.totals(np.arange(self.rows))
