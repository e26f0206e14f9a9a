"""Dense search over a generation's segments: binary first pass, oversampled, then int8 against the float query."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32, RowId, RowMask, Rows
from engine.vectors import faiss_scan, numpy_scan
from engine.vectors.codecs import Codes, binary_codes, int8_scores
from engine.vectors.files import VectorFiles

BinaryScan = Callable[[Codes, Codes, int], tuple[Rows, NDArray[np.int32]]]

SCANS: dict[str, BinaryScan] = {"faiss": faiss_scan.nearest, "numpy": numpy_scan.nearest}


def search_dense(
    segments: Sequence[VectorFiles],
    query: Float32,
    k: int,
    *,
    oversampling: int,
    allowed: Sequence[RowMask | None],
    scan: BinaryScan,
) -> list[tuple[RowId, float]]:
    """The k best rows over all segments for a query (d,), best first, ties by position.

    The first pass keeps the `k * oversampling` nearest codes of the whole generation, so its quality does not depend
    on how the rows are spread over segments. Rows outside `allowed` never appear.
    """
    code = binary_codes(query)
    nearest = [
        _first_pass(code, vectors, k * oversampling, mask, scan)
        for vectors, mask in zip(segments, allowed, strict=True)
    ]
    kept = _smallest([distances for _, distances in nearest], k * oversampling)
    kept_rows = [np.sort(rows[keep]) for (rows, _), keep in zip(nearest, kept, strict=True)]
    scores = _rescore(segments, kept_rows, query)
    best = np.argsort(-scores, kind="stable")[:k]  # stable: ties by position
    positions = np.repeat(np.arange(len(segments)), [len(rows) for rows in kept_rows])[best]
    rows = np.concatenate([*kept_rows, np.empty(0, np.int64)])[best]
    ids = [RowId(position, row) for position, row in zip(positions.tolist(), rows.tolist(), strict=True)]
    return list(zip(ids, scores[best].tolist(), strict=True))


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
    """The k nearest allowed rows of one segment: a few forbidden ones are dropped, else the allowed are gathered."""
    if mask is None:
        return scan(code, vectors.binary, k)
    rows = np.flatnonzero(mask)
    forbidden = len(mask) - len(rows)
    if forbidden > 4 * k:
        within, distances = scan(code, np.ascontiguousarray(vectors.binary[rows]), k)
        return rows[within], distances
    found, distances = scan(code, vectors.binary, k + forbidden)
    keep = mask[found]
    return found[keep][:k], distances[keep][:k]


def _smallest(distances: Sequence[NDArray[np.int32]], k: int) -> list[NDArray[np.bool_]]:
    """For each list which of its entries are among the k smallest of all lists; ties go to the earlier list."""
    merged = np.concatenate([*distances, np.empty(0, np.int32)])
    chosen = np.zeros(len(merged), dtype=np.bool_)
    chosen[np.argsort(merged, kind="stable")[:k]] = True
    ends = np.cumsum([len(part) for part in distances])
    return [chosen[end - len(part) : end] for part, end in zip(distances, ends, strict=True)]
