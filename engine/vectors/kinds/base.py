"""The protocol of index kinds: one way to find a segment's candidates without reading all of its codes.

An index only proposes rows. Filters, tombstones, ties, k beyond what it finds, and the final scores are dealt with once
for all kinds (engine/vectors/first_pass.py), so that a kind is two small functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32, Rows
from engine.vectors.codecs import Codes, Int8

BLOCK = 65_536  # rows that a build decodes at once


class SegmentCodes(Protocol):
    """Codes that an index is built from: `binary` (n, d/8) uint8, `int8` (n, d) int8, `scale` (n,) float32."""

    @property
    def binary(self) -> Codes: ...

    @property
    def int8(self) -> Int8: ...

    @property
    def scale(self) -> Float32: ...


class VectorIndex(Protocol):
    """An opened index over one segment. Safe under threads."""

    def nearest(self, query: Float32, k: int) -> Rows:
        """Rows, at most k and distinct, for a query (d,), best first: fewer where it found no more, never a
        sentinel.
        """
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """`build` writes one file from a segment's codes; `open` maps it, or loads it where the library cannot map.

    `finer` tells that rows are chosen by something finer than the Hamming distance, which must not choose again.
    `does` says in a sentence what it is, `when` for which collections, `extra` which extra brings its library.
    """

    name: str
    does: str
    when: str
    extra: str
    build: Callable[[SegmentCodes, Path], None]
    open: Callable[[Path], VectorIndex]
    finer: bool = False


def real_rows(labels: NDArray[np.integer]) -> Rows:
    """Row numbers (m,) without the padding that FAISS puts where it found less: -1."""
    rows = labels.astype(np.int64)
    return rows[rows >= 0]
