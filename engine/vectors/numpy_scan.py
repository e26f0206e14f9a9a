"""Exact Hamming scan with NumPy: the oracle of every other scan, and the one that needs no extra package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.types import Rows
from engine.vectors.codecs import Codes


def nearest(query: Codes, codes: Codes, k: int) -> tuple[Rows, NDArray[np.int32]]:
    """The k rows of `codes` (n, b) nearest to `query` (b,), with their distances; ties by row."""
    if codes.shape[1] % 8 == 0 and codes.flags.c_contiguous:  # eight bytes at once
        codes, query = codes.view(np.uint64), np.ascontiguousarray(query).view(np.uint64)
    distances = np.bitwise_count(codes ^ query).sum(axis=1, dtype=np.int32)
    near = np.flatnonzero(distances <= np.partition(distances, k - 1)[k - 1]) if 0 < k < len(codes) else slice(None)
    order = np.arange(len(codes))[near][np.argsort(distances[near], kind="stable")][:k]
    return order.astype(np.int64), distances[order]
