"""Writes a segment's forward index: which terms each row holds and how often (read by forward_index.py)."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.lexical.forward_index import FILES, Layout

_BLOCK = 4096  # rows counted at a time: bounds the memory of the sort


class ForwardWriter:
    """Collects rows in order, then writes them at once. Memory: eight bytes per (row, term) pair, and the terms."""

    def __init__(self) -> None:
        self._ids = _Numbers()  # renumbered in sorted order at the end
        self._tokens = array("I")  # the current block's tokens, each row's title before its body
        self._sizes = array("I")  # how many of them each title and each body has, alternating
        self._lengths = array("I")  # title and body length of every row, alternating
        self._blocks: list[_Postings] = []

    def add(self, title: Sequence[str], body: Sequence[str], beside: Sequence[Sequence[str]] = ((), ())) -> None:
        """One more row: the terms of its title and of its body, and those beside each, which do not make it longer."""
        number = self._ids.__getitem__
        for terms, further in zip((title, body), beside, strict=True):
            self._tokens.extend(map(number, terms))
            self._tokens.extend(map(number, further))
            self._sizes.append(len(terms) + len(further))
            self._lengths.append(len(terms))
        if len(self._sizes) // 2 == _BLOCK:
            self._close_block()

    def write(self, directory: Path) -> None:
        """Writes the files into `directory`, which exists. Durability is left to the caller."""
        self._close_block()
        terms = sorted(self._ids)
        rank = np.empty(len(terms), np.uint32)  # first-appearance id -> sorted id
        rank[[self._ids[term] for term in terms]] = np.arange(len(terms), dtype=np.uint32)
        blocks = [block.renumbered(rank) for block in self._blocks]
        encoded = [term.encode() for term in terms]
        lengths = np.array(self._lengths, np.uint32).reshape(-1, 2)
        term_ids = _concatenate([block.term_ids for block in blocks], np.uint32)
        arrays: Layout = {
            "terms": np.frombuffer(b"".join(encoded), np.uint8),
            "term_ends": np.cumsum([0, *map(len, encoded)]),
            "document_frequency": np.bincount(term_ids, minlength=len(terms)),
            "row_ends": np.cumsum([0, *(n for block in blocks for n in block.row_sizes.tolist())]),
            "term_ids": term_ids,
            "title_tf": _concatenate([block.title_tf for block in blocks], np.uint16),
            "body_tf": _concatenate([block.body_tf for block in blocks], np.uint16),
            "title_length": lengths[:, 0],
            "body_length": lengths[:, 1],
        }
        for name, (file, dtype) in FILES.items():
            (directory / file).write_bytes(np.ascontiguousarray(arrays[name], dtype).tobytes())

    def _close_block(self) -> None:
        if self._sizes:
            tokens, sizes = np.array(self._tokens, np.int64), np.array(self._sizes, np.int64)
            self._blocks.append(_Postings.count(tokens, sizes, len(self._ids)))
        self._tokens, self._sizes = array("I"), array("I")


class _Numbers(dict[str, int]):
    """Term -> number, by first appearance: a look-up numbers a new one."""

    def __missing__(self, term: str) -> int:
        self[term] = number = len(self)
        return number


class _Postings:
    """Term frequencies of a block of rows: `row_sizes` (rows,), the others (pairs,), sorted by row, then term id."""

    def __init__(
        self,
        row_sizes: NDArray[np.int64],
        term_ids: NDArray[np.uint32],
        title_tf: NDArray[np.uint16],
        body_tf: NDArray[np.uint16],
    ) -> None:
        self.row_sizes, self.term_ids, self.title_tf, self.body_tf = row_sizes, term_ids, title_tf, body_tf

    @staticmethod
    def count(tokens: NDArray[np.int64], lengths: NDArray[np.int64], vocabulary: int) -> _Postings:
        """Counts tokens (title and body of each row in turn, `lengths` alternating) per row and term."""
        field = np.repeat(np.arange(len(lengths)), lengths)  # 2 * row, + 1 in the body
        pairs, pair_of_token = np.unique(field // 2 * vocabulary + tokens, return_inverse=True)
        row, term_ids = np.divmod(pairs, max(vocabulary, 1))
        in_body = (field % 2).astype(np.bool_)
        return _Postings(
            np.bincount(row, minlength=len(lengths) // 2),
            term_ids.astype(np.uint32),
            _saturated(np.bincount(pair_of_token[~in_body], minlength=len(pairs))),
            _saturated(np.bincount(pair_of_token[in_body], minlength=len(pairs))),
        )

    def renumbered(self, rank: NDArray[np.uint32]) -> _Postings:
        term_ids = rank[self.term_ids]
        row = np.repeat(np.arange(len(self.row_sizes)), self.row_sizes)
        order = np.argsort(row * len(rank) + term_ids)  # no two are alike; one key sorts faster than two
        return _Postings(self.row_sizes, term_ids[order], self.title_tf[order], self.body_tf[order])


def _saturated(counts: NDArray[np.int64]) -> NDArray[np.uint16]:
    """65535 stands for itself or more: BM25 has saturated long before."""
    return np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16)


def _concatenate(parts: list[NDArray[np.generic]], dtype: type[np.generic]) -> NDArray[np.generic]:
    return np.concatenate([np.empty(0, dtype), *parts])
