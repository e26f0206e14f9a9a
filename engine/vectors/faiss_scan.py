"""Exact Hamming scan with FAISS's kernel, over the memory map in place: nothing is copied into an index object.

https://faiss.ai/cpp_api/file/hamming_8h.html
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from engine.types import Rows
from engine.vectors import numpy_scan
from engine.vectors.codecs import Codes
from engine.vectors.libraries import faiss_in_one_thread

_MOST_COUNTED = 20_000  # the counting kernel reserves k rows for each possible distance

_WITHOUT = 32 * 2**20  # bytes of codes that NumPy scans in the time that it takes to import FAISS, or half of it

_scanned = 0  # of them, by this process


def nearest(query: Codes, codes: Codes, k: int) -> tuple[Rows, NDArray[np.int32]]:
    """The k rows of `codes` (n, b) nearest to `query` (b,), with their distances; ties by row."""
    k = min(k, len(codes))
    if k == 0:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    if _is_quick_without(codes.nbytes):
        return numpy_scan.nearest(query, codes, k)
    # Counting ("mc") costs the same for every k; the heap ("hc") grows with log k, and with codes sorted far to near.
    variant = "mc" if k <= _MOST_COUNTED else "hc"
    # The kernel shares out queries, not codes: for one query more threads would only wait for each other.
    with faiss_in_one_thread() as faiss:
        distances, rows = faiss.knn_hamming(query[None, :], codes, k, variant=variant)
    order = np.lexsort((rows[0], distances[0]))
    return rows[0][order].astype(np.int64), distances[0][order]


def _is_quick_without(size: int) -> bool:
    """Whether NumPy, which finds the same, is to scan these bytes: a command that asks one question of a collection of
    usual size is over before FAISS is imported. A process that goes on asking imports it soon.
    """
    global _scanned
    if "faiss" in sys.modules or _scanned + size > _WITHOUT or find_spec("faiss") is None:
        return False
    _scanned += size
    return True
