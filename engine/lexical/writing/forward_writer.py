"""Writes a segment's forward index: which terms each row holds and how often (read by forward_index.py)."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.lexical.forward_index import ForwardRows, pieces
from engine.lexical.writing.forward_files import ForwardFiles
from engine.lexical.writing.tokens import Tokens

_ROWS = 1024  # counted at a time: bounds the memory of the sort


class ForwardWriter:
    """Collects rows in order, then writes them at once. Memory: four bytes for each term of each row, and the terms."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._numbers = array("I")  # the tokens since the last `settle`, each row's title before its body
        self._sizes = array("I")  # how many of them each title and each body has, alternating
        self._settled: list[_Rows] = []

    def add(self, title: Sequence[int], body: Sequence[int]) -> None:
        """One more row: the tokens of its title and of its body."""
        for numbers in (title, body):
            self._numbers.extend(numbers)
            self._sizes.append(len(numbers))

    def settle(self) -> NDArray[np.int64]:
        """Put terms in the place of the rows' tokens, so that these may be forgotten; returns how often each came."""
        tokens = self._tokens
        numbers, sizes = np.array(self._numbers, np.int64), np.array(self._sizes, np.int64)
        ends = np.array(tokens.term_ends, np.int64)
        terms = pieces(np.array(tokens.terms, np.uint32), ends[numbers], ends[numbers + 1])
        field = np.repeat(np.arange(len(sizes)), sizes)
        held, lengths = (
            np.bincount(field, each[numbers], len(sizes)).astype(np.int64).reshape(-1, 2)
            for each in (np.diff(ends), np.array(tokens.lengths, np.int64))
        )
        self._settled.append(_Rows(terms, held, lengths))
        self._numbers, self._sizes = array("I"), array("I")
        return np.bincount(numbers, minlength=len(tokens))

    def write(self, directory: Path) -> tuple[int, int]:
        """Writes all settled rows into `directory`, which exists; returns the lengths of all titles and all bodies.

        Durability is left to the caller.
        """
        terms = list(self._tokens.term_numbers)  # by their numbers; some may be of other segments
        held = np.zeros(len(terms), np.bool_)
        for rows in self._settled:
            held[rows.terms] = True
        ordered = sorted(np.flatnonzero(held).tolist(), key=terms.__getitem__)
        ids = np.empty(len(terms), np.int64)
        ids[ordered] = np.arange(len(ordered))
        with ForwardFiles(directory, [terms[number].encode() for number in ordered]) as files:
            for rows in self._settled:
                for some in rows.split(_ROWS):
                    files.add(some.counted(ids))
        title, body = sum((rows.lengths.sum(axis=0) for rows in self._settled), np.zeros(2, np.int64)).tolist()
        return title, body


class _Rows(NamedTuple):
    """The numbers of all terms, row by row, a title's before a body's; how many each has, and the terms' own lengths:
    both (rows, 2).
    """

    terms: NDArray[np.uint32]
    held: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def split(self, most: int) -> Iterator[_Rows]:
        """Yield the rows, at most `most` at a time."""
        ends = np.concatenate([[0], np.cumsum(self.held.sum(axis=1))])
        for start in range(0, len(self.held), most):
            some = slice(start, start + most)
            terms = self.terms[ends[start] : ends[min(start + most, len(self.held))]]
            yield _Rows(terms, self.held[some], self.lengths[some])

    def counted(self, ids: NDArray[np.int64]) -> ForwardRows:
        """How often each row holds each term; `ids` is by the terms' numbers."""
        field = np.repeat(np.arange(self.held.size), self.held.ravel())  # 2 * row, + 1 in the body
        keys = np.sort((field // 2 * len(ids) + ids[self.terms]) * 2 + field % 2)
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        counts = np.minimum(np.diff(starts, append=len(keys)), np.iinfo(np.uint16).max)  # BM25 saturates long before
        pairs, in_body = np.divmod(keys[starts], 2)
        first = np.diff(pairs, prepend=-1) != 0
        place, in_body = np.cumsum(first) - 1, in_body.astype(np.bool_)
        pairs = pairs[first]
        title_tf, body_tf = np.zeros(len(pairs), np.uint16), np.zeros(len(pairs), np.uint16)
        title_tf[place[~in_body]] = counts[~in_body]
        body_tf[place[in_body]] = counts[in_body]
        row, term_ids = np.divmod(pairs, max(len(ids), 1))
        sizes = np.bincount(row, minlength=len(self.held))
        return ForwardRows(sizes, term_ids.astype(np.uint32), title_tf, body_tf, *self.lengths.T)
