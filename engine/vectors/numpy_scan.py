"""Exact Hamming scan with NumPy: the oracle of every other scan, and the one that needs no extra package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.types import Rows
from engine.vectors.codecs import Codes


def nearest(query: Codes, codes: Codes, k: int) -> tuple[Rows, NDArray[np.int32]]:
    """The k rows of `codes` (n, b) nearest to `query` (b,), with their distances; ties by row."""
    distances = np.bitwise_count(codes ^ query).sum(axis=1, dtype=np.int32)
    order = np.argsort(distances, kind="stable")[:k]
    return order.astype(np.int64), distances[order]
