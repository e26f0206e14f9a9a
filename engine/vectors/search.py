"""Dense search over a generation's segments: a first pass, oversampled, then int8 against the float query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.fusion.ties import Name, best_rows
from engine.types import Float32, RowId, RowMask, Rows
from engine.vectors import faiss_scan, numpy_scan
from engine.vectors.codecs import int8_scores
from engine.vectors.files import VectorFiles
from engine.vectors.first_pass import BinaryScan, first_pass

__all__ = ["SCANS", "BinaryScan", "search_dense"]

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

    The first pass keeps `k * oversampling` rows of the whole generation (engine/vectors/first_pass.py). Rows outside
    `allowed` never appear; all that are wanted do, if so many are allowed.
    """
    kept = first_pass(segments, query, k * oversampling, allowed, scan)
    scores = rescore(segments, kept, query)
    positions = np.repeat(np.arange(len(segments)), [len(rows) for rows in kept])
    return best_rows(positions, np.concatenate([*kept, np.empty(0, np.int64)]), scores, k, name)


def rescore(segments: Sequence[VectorFiles], rows: Sequence[Rows], query: Float32) -> Float32:
    """Scores of the given rows of each segment, in order. One product for all, so that rounding does not depend on
    where segments begin.
    """
    codes = [vectors.int8[wanted] for vectors, wanted in zip(segments, rows, strict=True)]
    scale = [vectors.scale[wanted] for vectors, wanted in zip(segments, rows, strict=True)]
    none = np.empty((0, len(query)), np.int8)
    return int8_scores(query, np.concatenate([none, *codes]), np.concatenate([np.empty(0, np.float32), *scale]))
