"""Token vectors as they are kept and compared: in float32, or as the signs of their components, a bit each.

Signs are compared with the query's own floats. For a unit vector whose components are alike, as after a random
rotation, sqrt(pi / 2d) times its signs estimates the cosine (the estimator of RaBitQ, Gao and Long 2024,
https://arxiv.org/abs/2405.12497, without its factor for each vector).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32

Kept = NDArray[Any]  # a passage's token vectors, shape (tokens, columns)


class TokenCodes(Protocol):
    """How the vectors of a passage's tokens are kept."""

    dtype: np.dtype[Any]

    def encode(self, vectors: Float32) -> Kept:
        """What is kept of token vectors, shape (tokens, d)."""
        ...

    def products(self, query: Float32, kept: Kept) -> Float32:
        """Products of the query's token vectors (q, d) with those that are kept (t, columns): (q, t)."""
        ...


class FloatCodes:
    """Keeps the vectors as they are."""

    dtype = np.dtype(np.float32)

    def encode(self, vectors: Float32) -> Kept:
        return vectors

    def products(self, query: Float32, kept: Kept) -> Float32:
        return np.asarray(query @ kept.T)


class SignCodes:
    """Keeps a bit for each component, eight to a byte: (tokens, d / 8) of uint8."""

    dtype = np.dtype(np.uint8)

    def encode(self, vectors: Float32) -> Kept:
        return np.packbits(vectors > 0, axis=1)

    def products(self, query: Float32, kept: Kept) -> Float32:
        width = query.shape[1]
        bits = np.unpackbits(kept, axis=1, count=width).astype(np.float32)
        scale = np.float32(math.sqrt(math.pi / 2 / width))
        # a sign is 2 * bit - 1
        return np.asarray(scale * (2 * (query @ bits.T) - query.sum(axis=1, keepdims=True)))


_SLICE = 16_384  # tokens whose products are made at once: some tens of megabytes


def maxsims(codes: TokenCodes, query: Float32, passages: Sequence[Kept], *, mean: bool) -> Float32:
    """The MaxSim of each passage with a query (q, d): shape (n,).

    It is the sum, or the mean, over the query's tokens of the greatest product with a token of the passage. A passage
    without tokens scores 0.
    """
    scores = np.zeros(len(passages), np.float32)
    for places in _slices([len(passage) for passage in passages]):
        chosen = [passages[place] for place in places]
        starts = np.cumsum([0, *map(len, chosen[:-1])])
        best = np.maximum.reduceat(codes.products(query, np.concatenate(chosen)), starts, axis=1)
        scores[places] = best.mean(axis=0) if mean else best.sum(axis=0)
    return scores


def _slices(lengths: Sequence[int]) -> list[list[int]]:
    """Places of the passages that have tokens, in slices of at most _SLICE tokens (one passage at least)."""
    slices: list[list[int]] = []
    room = 0
    for place, length in enumerate(lengths):
        if length > room or not slices:
            slices.append([])
            room = _SLICE
        if length:
            slices[-1].append(place)
            room -= length
    return [places for places in slices if places]
