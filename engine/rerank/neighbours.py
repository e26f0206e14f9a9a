"""Neighbours: a score is drawn towards the scores of the passages most like it.

Closely related passages tend to answer the same requests (the cluster hypothesis), so what a reranker says of one is
evidence about the others, and its errors on single passages average out: score regularization (Diaz 2007,
https://doi.org/10.1007/s10791-006-9019-z). Likeness is the cosine of the stored codes, so it costs no model call.
"""

from __future__ import annotations

import numpy as np

from engine.types import Float64
from engine.vectors.codecs import Int8

NEAREST = 3


def smooth(scores: Float64, codes: Int8, weight: float) -> Float64:
    """Scores (n,), each mixed by `weight` with the mean of its `NEAREST` neighbours' by their codes (n, d).

    A passage that has no vector yet, its codes all 0, keeps its score and counts for no other.
    """
    vectors = codes.astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    known = np.flatnonzero(lengths)
    nearest = min(NEAREST, len(known) - 1)
    if nearest < 1 or weight == 0.0:
        return scores
    units = vectors[known] / lengths[known, None]
    likeness = units @ units.T
    np.fill_diagonal(likeness, -np.inf)
    places = np.argsort(-likeness, axis=1, kind="stable")[:, :nearest]
    smoothed = scores.copy()
    smoothed[known] = (1.0 - weight) * scores[known] + weight * scores[known][places].mean(axis=1)
    return smoothed
