"""Token vectors as they are kept and compared: in float32, or with two bits for each component.

After a random rotation the components of a unit vector are about normal, with the variance 1 / d. Two bits then say
which of four intervals each lies in, those of the quantiser with the least error for a normal distribution (Max 1960,
https://doi.org/10.1109/TIT.1960.1057548). The query keeps its floats, and the products are estimated without bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32

Kept = NDArray[Any]  # a passage's token vectors, shape (tokens, columns)


class TokenCodes(Protocol):
    """How the vectors of a passage's tokens are kept."""

    dtype: np.dtype[Any]

    def encode(self, vectors: Float32) -> Kept:
        """Token vectors, shape (tokens, d), in the form in which they are kept."""
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


_BORDER, _NEAR, _FAR = 0.9816, 0.4528, 1.5104  # Max's, for a variance of 1
_ERROR = 0.1175  # the mean square of what it loses, by which a product with what it keeps is too small


class TwoBitCodes:
    """Keeps two bits for each component of a unit vector, four components to a byte: (tokens, d / 4) of uint8."""

    dtype = np.dtype(np.uint8)

    def encode(self, vectors: Float32) -> Kept:
        low, middle, high = _borders(vectors.shape[1])
        levels = (vectors > low).astype(np.uint8) + (vectors > middle) + (vectors > high)
        parts = levels.reshape(len(levels), vectors.shape[1] // 4, 4) << _SHIFTS
        return np.asarray(np.bitwise_or.reduce(parts, axis=2))

    def products(self, query: Float32, kept: Kept) -> Float32:
        vectors = _four_levels(query.shape[1])[kept].reshape(len(kept), query.shape[1])
        return np.asarray(query @ vectors.T)


_SHIFTS = np.array([0, 2, 4, 6], np.uint8)  # of the four components in a byte


@cache
def _borders(width: int) -> Float32:
    """The borders of the four intervals, for unit vectors of `width` components."""
    return np.array([-_BORDER, 0.0, _BORDER], np.float32) / np.float32(np.sqrt(width))


@cache
def _four_levels(width: int) -> Float32:
    """For each byte the four components that it stands for: (256, 4)."""
    levels = np.array([-_FAR, -_NEAR, _NEAR, _FAR]) / (1 - _ERROR) / np.sqrt(width)
    return np.asarray(levels[np.arange(256)[:, None] >> _SHIFTS & 3], np.float32)


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
