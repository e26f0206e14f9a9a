"""A rotation under which the signs of embeddings keep as much of them as they can: iterative quantisation.

A rotation changes no dot product, so float search and int8 rescoring stay as they were; but it decides what each
sign bit says. ITQ (Gong and Lazebnik 2011, https://doi.org/10.1109/CVPR.2011.5995432) alternates between the signs B
= sign(X R) and the rotation nearest to them, the orthogonal Procrustes solution R = U V' of the singular value
decomposition U S V' = X' B. With more output dimensions than the input has, R has orthonormal rows: dot products are
still kept, and there are more bits.
"""

from __future__ import annotations

import numpy as np

from engine.types import Float32

ITERATIONS = 50


def learn_rotation(embeddings: Float32, dimension: int, seed: int, iterations: int = ITERATIONS) -> Float32:
    """R (d, dimension) with R R' = I, for embeddings (n, d); `dimension` is at least d."""
    width = embeddings.shape[1]
    if dimension < width:
        raise ValueError(f"a rotation of {width} dimensions cannot give {dimension}")
    start = np.random.default_rng(seed).normal(size=(dimension, width))
    rotation = np.linalg.qr(start)[0].T.astype(np.float32)  # (d, dimension), orthonormal rows
    for _ in range(iterations):
        codes = np.where(embeddings @ rotation > 0, np.float32(1), np.float32(-1))
        left, _, right = np.linalg.svd(embeddings.T @ codes, full_matrices=False)
        rotation = (left @ right).astype(np.float32)
    return rotation
