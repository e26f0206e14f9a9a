"""Twins: documents that say the same, to a word or nearly, as far as the query can tell.

Two documents are twins if their titles and texts are equal, or if all of these hold:

- the sign bits of their passages that were found are close, so that texts need not be read of all;
- of the words of title and text, in order, both have at least `SAME` of all;
- no word that only one of them has is a word of the query.

So the releases 2.1 and 2.2 of one notice are twins for a question about the notice, and are not for one about 2.2. The
relation is symmetric; it is not transitive, which folding.py lives with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.lexical.unicode import normalise
from engine.lexical.words import split_words
from engine.snippets.highlight import highlight
from engine.store.generation import Generation
from engine.types import RowId

SAME = 0.95  # of the words of both documents
CLOSE = 0.85  # of the sign bits of the passages that were found: an angle of 27 degrees
LONGEST = 200_000  # bytes of a text whose words are compared; a longer document is a twin of its equals only


class Texts:
    """The documents of some hits, each read once. `terms` are what the query looks for, in the analyser's form."""

    def __init__(self, generation: Generation, terms: frozenset[str]) -> None:
        self._generation = generation
        self._terms = terms
        self._known: dict[RowId, list[str]] = {}
        self._sizes: dict[RowId, int] = {}

    def sizes(self, rows: Sequence[RowId]) -> list[int]:
        """The lengths of the documents' texts, in bytes of UTF-8."""
        found = self._generation.text_sizes(rows)
        self._sizes |= zip(rows, found, strict=True)
        return found

    def written(self, row: RowId) -> memoryview:
        """The document's text, in UTF-8."""
        return self._generation.text_bytes(row)

    def close(self, rows: list[RowId]) -> NDArray[np.bool_]:
        """Which pairs of passages lie close to each other, shape (n, n); none does that has no vector yet."""
        codes = self._generation.codes(rows)
        bits = np.packbits(codes > 0, axis=1)
        words = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64)  # eight times fewer to count
        differing = np.bitwise_count(words[:, None] ^ words[None]).sum(axis=2, dtype=np.int64)
        known: NDArray[np.bool_] = np.any(codes != 0, axis=1)
        pairs: NDArray[np.bool_] = (differing <= (1.0 - CLOSE) * codes.shape[1]) & known[:, None] & known[None]
        return pairs

    def are_equal(self, first: RowId, second: RowId) -> bool:
        """Whether titles and texts are the same, to the byte."""
        return self.written(first) == self.written(second) and self._title(first) == self._title(second)

    def are_alike(self, first: RowId, second: RowId) -> bool:
        """Whether two documents, whose passages lie close, are twins by their words."""
        shorter, longer = sorted(self._sizes.get(row) or self.sizes([row])[0] for row in (first, second))
        if longer > LONGEST or shorter < SAME * SAME * longer:  # words differ in length, so the bound is a loose one
            return False
        from rapidfuzz.distance import Indel  # here: most pages have no two that lie so close

        ours, theirs = self._words(first), self._words(second)
        if not ours or Indel.normalized_similarity(ours, theirs, score_cutoff=SAME) < SAME:
            return False
        apart = ((first, set(ours) - set(theirs)), (second, set(theirs) - set(ours)))
        return not any(self._asked_for(words, self._language(row)) for row, words in apart)

    def _asked_for(self, words: set[str], language: str) -> bool:
        return bool(words) and bool(highlight(" ".join(words), language, self._terms))

    def _words(self, row: RowId) -> list[str]:
        if row not in self._known:
            self._known[row] = split_words(normalise(f"{self._title(row)}\n{bytes(self.written(row)).decode()}"))
        return self._known[row]

    def _title(self, row: RowId) -> str:
        return self._generation.document_cell(row, "title")

    def _language(self, row: RowId) -> str:
        return self._generation.document_cell(row, "language")
