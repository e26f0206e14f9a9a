"""The lexical half of a segment: a tantivy index that finds candidates and a forward index that scores them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from engine.lexical.forward_index import ForwardIndex
from engine.lexical.origins import Origins
from engine.lexical.tantivy_index import TantivyIndex
from engine.lexical.vocabulary import read_vocabulary
from engine.types import Rows

FORWARD, TANTIVY = "forward", "tantivy"  # directories


@dataclass(frozen=True, slots=True)
class LexicalTotals:
    """Rows, and the terms in their titles and bodies, repetitions included."""

    chunks: int
    title_length: int
    body_length: int


class LexicalSegment:
    """Read-only and safe under threads. Opening reads nothing; each index is opened when first asked."""

    def __init__(self, directory: Path, cache: Path | None = None) -> None:
        self.directory, self._cache, self._opening = directory, cache, Lock()
        self._tantivy: TantivyIndex | None = None
        self.forward = ForwardIndex(directory / FORWARD)

    @staticmethod
    def open(directory: Path, cache: Path | None = None) -> LexicalSegment:
        """`directory` may be read-only: `cache` (default: the system's temporary folder) holds tantivy's lock file."""
        return LexicalSegment(directory, cache)

    @property
    def tantivy(self) -> TantivyIndex:
        """Index of tantivy. Raises StoreDamaged where tantivy cannot open its files."""
        with self._opening:
            if self._tantivy is None:
                self._tantivy = TantivyIndex(self.directory / TANTIVY, self.origins, self._cache)
            return self._tantivy

    @cached_property
    def origins(self) -> Origins:
        """Where the rows were analysed. Raises StoreDamaged."""
        return Origins.read(self.directory)

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """The words of the segment as they are written, with how often; raises StoreDamaged."""
        return read_vocabulary(self.directory)

    @property
    def rows(self) -> int:
        return self.forward.rows

    def document_frequency(self, term: str) -> int:
        """How many rows hold the term, in title or body, deleted or not."""
        return self.forward.document_frequency(term)

    def term_ids(self, terms: Sequence[str]) -> NDArray[np.int64]:
        """Each term's place in this segment's sorted dictionary, -1 where it is not in it."""
        return self.forward.term_ids(terms)

    def term_counts(self, rows: Rows) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Ids of the terms that the given (distinct) rows hold, ascending, and how many of the rows hold each."""
        return self.forward.counts(rows)

    def totals(self, rows: Rows) -> LexicalTotals:
        """The lengths of the given rows together."""
        title, body = self.forward.lengths(rows)
        return LexicalTotals(len(rows), int(title.sum(dtype=np.int64)), int(body.sum(dtype=np.int64)))

    @cached_property
    def all_totals(self) -> LexicalTotals:
        """The lengths of all rows together, deleted or not."""
        return self.totals(np.arange(self.rows))
