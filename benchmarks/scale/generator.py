"""Many vectors that lie as real embeddings do: real ones, perturbed so far that neighbours are as near as in reality.

A drawn vector lies between a real one, chosen at random, and one of its near neighbours (as in SMOTE, Chawla et al.
2002, https://arxiv.org/abs/1106.1813), plus Gaussian noise with the covariance of the differences between neighbours.
The noise's scale is fitted: of as many drawn vectors as there are real ones, the cosines to the neighbours at several
ranks have the real medians. Random vectors would not do: all their neighbours are equally far away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.types import Float32, Float64, Rows

RANKS = (1, 3, 10, 30, 100)  # of the neighbours whose cosines are matched
_NEAR = 10  # neighbours that count as near
_LEAST_WEIGHT = 0.5  # of the chosen vector against its neighbour
_BLOCK = 1000  # rows whose cosines to all are held at once
_PROBES = 200  # vectors whose neighbours are looked at
_STEPS = 8  # of the bisection: to 1/256 of its range
_MOST = 2.0  # times the differences between neighbours


@dataclass(frozen=True, slots=True)
class Generator:
    """`base` (n, d) unit vectors, `near` (n, m) rows near each of them, `spread` (d, d): noise = normal @ spread."""

    base: Float32
    near: Rows
    spread: Float32

    def draw(self, rows: int, rng: np.random.Generator) -> Float32:
        """Unit vectors (rows, d)."""
        chosen = rng.integers(0, len(self.base), rows)
        neighbours = self.near[chosen, rng.integers(0, self.near.shape[1], rows)]
        weight = rng.uniform(_LEAST_WEIGHT, 1.0, (rows, 1)).astype(np.float32)
        between = weight * self.base[chosen] + (1 - weight) * self.base[neighbours]
        return _unit(between + rng.standard_normal(between.shape, dtype=np.float32) @ self.spread)


def fit(real: Float32, seed: int = 0) -> Generator:
    """A generator for real embeddings (n, d), n above 100; the same one for the same seed."""
    base, rng = _unit(real), np.random.default_rng(seed)
    near = _neighbours(base)
    root, wanted = _differences(base, near), neighbour_cosines(base, rng).mean()
    low, high = 0.0, _MOST
    for _ in range(_STEPS):
        scale = (low + high) / 2
        drawn = Generator(base, near, np.float32(scale) * root).draw(len(base), np.random.default_rng(seed))
        if neighbour_cosines(drawn, np.random.default_rng(seed)).mean() > wanted:
            low = scale
        else:
            high = scale
    return Generator(base, near, np.float32((low + high) / 2) * root)


def neighbour_cosines(vectors: Float32, rng: np.random.Generator) -> Float64:
    """The median cosine of unit vectors (n, d) to their neighbours at RANKS, over some of them."""
    probes = rng.choice(len(vectors), min(_PROBES, len(vectors)), replace=False)
    cosines = np.sort(vectors[probes] @ vectors.T, axis=1)[:, ::-1]  # the first is the vector itself
    medians: Float64 = np.median(cosines[:, RANKS], axis=0).astype(np.float64)
    return medians


def _neighbours(base: Float32) -> Rows:
    """The _NEAR nearest rows (n, _NEAR) of each, without itself, in no order."""
    blocks = []
    for start in range(0, len(base), _BLOCK):
        cosines = base[start : start + _BLOCK] @ base.T
        own = np.arange(len(cosines))
        cosines[own, start + own] = -2.0
        blocks.append(np.argpartition(-cosines, _NEAR, axis=1)[:, :_NEAR].astype(np.int64))
    return np.concatenate(blocks)


def _differences(base: Float32, near: Rows) -> Float32:
    """A square root (d, d) of the covariance of differences between some vectors and their near neighbours."""
    some = slice(None, None, max(1, len(base) // 2000))
    differences = (base[some][:, None, :] - base[near[some]]).reshape(-1, base.shape[1]).astype(np.float64)
    values, axes = np.linalg.eigh(differences.T @ differences / len(differences))
    root: Float32 = (np.sqrt(np.maximum(values, 0.0))[:, None] * axes.T).astype(np.float32)
    return root


def _unit(vectors: Float32) -> Float32:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), np.float32)
