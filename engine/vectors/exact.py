"""Exact float32 search: the reference that quantised search is measured against."""

from __future__ import annotations

import numpy as np

from engine.types import Float32, Rows


def search_exact(vectors: Float32, query: Float32, k: int) -> tuple[Rows, Float32]:
    """The k rows of `vectors` (n, d) with the largest dot product with `query` (d,), ties by row."""
    scores: Float32 = vectors @ query
    order = np.argsort(-scores, kind="stable")[:k]
    return order.astype(np.int64), scores[order]
