"""Many vectors that lie as real embeddings do: real ones, perturbed so far that neighbours are as near as in reality.

A drawn vector is a real one, chosen at random, plus Gaussian noise with the covariance of the differences between near
neighbours. The noise's scale is fitted: of as many drawn vectors as there are real ones, the cosines to the neighbours
at several ranks have the real medians. Random vectors would not do: all their neighbours are equally far away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.types import Float32, Float64

RANKS = (1, 3, 10, 30, 100)  # of the neighbours whose cosines are matched
_NEAR = 10  # neighbours whose differences make the noise
_PROBES = 300  # vectors whose neighbours are looked at
_STEPS = 12  # of the bisection: to 1/4096 of its range
_MOST = 3.0  # times the differences between neighbours


@dataclass(frozen=True, slots=True)
class Generator:
    """`base` (n, d) unit vectors, `spread` (d, d) with noise = normal @ spread; both as fitted from real vectors."""

    base: Float32
    spread: Float32

    def draw(self, rows: int, rng: np.random.Generator) -> Float32:
        """Unit vectors (rows, d)."""
        return self.perturb(self.base[rng.integers(0, len(self.base), rows)], rng)

    def perturb(self, vectors: Float32, rng: np.random.Generator) -> Float32:
        """Unit vectors near the given ones (n, d)."""
        noise = rng.standard_normal(vectors.shape, dtype=np.float32) @ self.spread
        return _unit(vectors + noise)


def fit(real: Float32, seed: int = 0) -> Generator:
    """A generator for real embeddings (n, d), n above 100; the same one for the same seed."""
    base, rng = _unit(real), np.random.default_rng(seed)
    root, wanted = _differences(base, rng), neighbour_cosines(base, rng).mean()
    low, high = 0.0, _MOST
    for _ in range(_STEPS):
        scale = (low + high) / 2
        drawn = Generator(base, np.float32(scale) * root).draw(len(base), np.random.default_rng(seed))
        if neighbour_cosines(drawn, np.random.default_rng(seed)).mean() > wanted:
            low = scale
        else:
            high = scale
    return Generator(base, np.float32((low + high) / 2) * root)


def neighbour_cosines(vectors: Float32, rng: np.random.Generator) -> Float64:
    """The median cosine of unit vectors (n, d) to their neighbours at RANKS, over some of them."""
    probes = rng.choice(len(vectors), min(_PROBES, len(vectors)), replace=False)
    cosines = np.sort(vectors[probes] @ vectors.T, axis=1)[:, ::-1]  # the first is the vector itself
    medians: Float64 = np.median(cosines[:, RANKS], axis=0).astype(np.float64)
    return medians


def _differences(base: Float32, rng: np.random.Generator) -> Float32:
    """A square root (d, d) of the covariance of differences between near neighbours."""
    probes = rng.choice(len(base), min(len(base), 2000), replace=False)
    near = np.argsort(-(base[probes] @ base.T), axis=1)[:, 1 : _NEAR + 1]
    differences = (base[probes][:, None, :] - base[near]).reshape(-1, base.shape[1]).astype(np.float64)
    values, axes = np.linalg.eigh(differences.T @ differences / len(differences))
    root: Float32 = (np.sqrt(np.maximum(values, 0.0))[:, None] * axes.T).astype(np.float32)
    return root


def _unit(vectors: Float32) -> Float32:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), np.float32)
