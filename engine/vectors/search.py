"""Dense search over a generation's segments: binary first pass, oversampled, then int8 against the float query."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.ties import Name, best_rows
from engine.types import Float32, RowId, RowMask, Rows
from engine.vectors import faiss_scan, numpy_scan
from engine.vectors.codecs import Codes, binary_codes, int8_scores
from engine.vectors.files import VectorFiles

BinaryScan = Callable[[Codes, Codes, int], tuple[Rows, NDArray[np.int32]]]

SCANS: dict[str, BinaryScan] = {"faiss": faiss_scan.nearest, "numpy": numpy_scan.nearest}

_FEW = 64  # codes that are asked for beyond the wanted ones, at least, to see where a tie ends
_MOST_TIES = 16_384


def search_dense(
    segments: Sequence[VectorFiles],
    query: Float32,
    k: int,
    *,
    oversampling: int,
    allowed: Sequence[RowMask | None],
    scan: BinaryScan,
    name: Name | None = None,
) -> list[tuple[RowId, float]]:
    """The k best rows over all segments for a query (d,), best first; ties by `name`, without one by position.

    The first pass keeps the `k * oversampling` nearest codes of the whole generation and those that are as near as
    the last of them, so the answer does not depend on how the rows are spread over segments. Rows outside `allowed`
    never appear.
    """
    code = binary_codes(query)
    nearest = [
        _first_pass(code, vectors, k * oversampling, mask, scan)
        for vectors, mask in zip(segments, allowed, strict=True)
    ]
    kept = _smallest([distances for _, distances in nearest], k * oversampling)
    kept_rows = [np.sort(rows[keep]) for (rows, _), keep in zip(nearest, kept, strict=True)]
    scores = _rescore(segments, kept_rows, query)
    positions = np.repeat(np.arange(len(segments)), [len(rows) for rows in kept_rows])
    return best_rows(positions, np.concatenate([*kept_rows, np.empty(0, np.int64)]), scores, k, name)


def _rescore(segments: Sequence[VectorFiles], rows: Sequence[Rows], query: Float32) -> Float32:
    """Scores of the given rows of each segment, in order. One product for all, so that rounding does not depend on
    where segments begin.
    """
    codes = [vectors.int8[wanted] for vectors, wanted in zip(segments, rows, strict=True)]
    scale = [vectors.scale[wanted] for vectors, wanted in zip(segments, rows, strict=True)]
    none = np.empty((0, len(query)), np.int8)
    return int8_scores(query, np.concatenate([none, *codes]), np.concatenate([np.empty(0, np.float32), *scale]))


def _first_pass(
    code: Codes, vectors: VectorFiles, k: int, mask: RowMask | None, scan: BinaryScan
) -> tuple[Rows, NDArray[np.int32]]:
    """The k nearest allowed rows of one segment, with ties: a few forbidden ones are dropped, else the allowed are
    gathered.
    """
    if mask is None:
        return _nearest(code, vectors.binary, k, scan)
    rows = np.flatnonzero(mask)
    forbidden = len(mask) - len(rows)
    if forbidden > 4 * k:
        within, distances = _nearest(code, np.ascontiguousarray(vectors.binary[rows]), k, scan)
        return rows[within], distances
    found, distances = _nearest(code, vectors.binary, k + forbidden, scan)
    keep = mask[found]
    return found[keep], distances[keep]


def _nearest(code: Codes, codes: Codes, k: int, scan: BinaryScan) -> tuple[Rows, NDArray[np.int32]]:
    """The k nearest codes and all that are as near as the last of them; no more than _MOST_TIES of those."""
    asked = k + max(k // 2, _FEW)
    while True:
        rows, distances = scan(code, codes, asked)
        if len(rows) <= k:
            return rows, distances
        keep = distances <= distances[k - 1]
        if not keep.all() or len(rows) == len(codes) or asked >= k + _MOST_TIES:
            return rows[keep], distances[keep]
        asked = min(4 * asked, k + _MOST_TIES)


def _smallest(distances: Sequence[NDArray[np.int32]], k: int) -> list[NDArray[np.bool_]]:
    """For each list which of its entries are no larger than the k-th smallest of all lists."""
    merged = np.concatenate([*distances, np.empty(0, np.int32)])
    last = np.partition(merged, k - 1)[k - 1] if 0 < k < len(merged) else np.iinfo(np.int32).max
    return [part <= last for part in distances]
