"""USearch's HNSW graphs over sign bits (b1) and over int8 codes (i8), searched as views of the memory map.

https://unum-cloud.github.io/usearch/
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import StoreDamaged
from engine.settings import settings
from engine.types import Float32, Rows
from engine.vectors.codecs import binary_codes, int8_codes
from engine.vectors.kinds.base import SegmentCodes
from engine.vectors.libraries import load_usearch

Precision = Literal["b1", "i8"]

_LINKS = 16
_BUILD_EFFORT = 128
_SEARCH_EFFORT = 600  # at least k is taken


def build_b1(codes: SegmentCodes, path: Path) -> None:
    """Write a graph by Hamming distance."""
    _build(codes.binary, 8 * codes.binary.shape[1], "hamming", "b1", path)


def build_i8(codes: SegmentCodes, path: Path) -> None:
    """Write a graph by cosine, which the scales of rows do not change."""
    _build(codes.int8, codes.int8.shape[1], "cos", "i8", path)


def open_b1(path: Path) -> UsearchView:
    return UsearchView(_view(path), "b1")


def open_i8(path: Path) -> UsearchView:
    return UsearchView(_view(path), "i8")


@dataclass(frozen=True, slots=True)
class UsearchView:
    """A read-only view. One search at a time: calls from several threads would share one scratch space."""

    index: Any
    precision: Precision
    lock: threading.Lock = field(default_factory=threading.Lock)

    def nearest(self, query: Float32, k: int) -> Rows:
        code = binary_codes(query) if self.precision == "b1" else int8_codes(query[None, :])[0][0]
        with self.lock:
            found = self.index.search(code, k, threads=1)
        rows: Rows = found.keys.astype(np.int64)
        return rows


def _build(codes: NDArray[Any], dimension: int, metric: str, precision: Precision, path: Path) -> None:
    index = load_usearch().Index(
        ndim=dimension, metric=metric, dtype=precision, connectivity=_LINKS, expansion_add=_BUILD_EFFORT
    )
    index.add(np.arange(len(codes)), np.ascontiguousarray(codes), threads=settings().threads)
    index.save(str(path))


def _view(path: Path) -> Any:
    """The index as a view; USearch returns None for what it cannot read."""
    index = load_usearch().Index.restore(str(path), view=True)
    if index is None:
        raise StoreDamaged(f"{path} is not an index of USearch.", "Run `winnow verify`.")
    index.expansion_search = _SEARCH_EFFORT
    return index
