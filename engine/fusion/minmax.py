"""Convex combination of min-max normalised scores. Bruch, Gai, Ingber: "An Analysis of Fusion Functions for Hybrid
Retrieval", TOIS 2023, https://arxiv.org/abs/2210.11934
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.fusion.ranking import Scored, ranked
from engine.types import Float64


def minmax(scores: Sequence[float]) -> Float64:
    """Scores (n,) mapped linearly to [0, 1]; all 1 where they do not differ: a lone hit is worth something."""
    values = np.asarray(scores, dtype=np.float64)
    if len(values) == 0:
        return values
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.ones_like(values)


def fuse(legs: Mapping[str, Sequence[Scored]], weights: Mapping[str, float]) -> list[Scored]:
    """Sum over the legs of `weight * minmax(score)`; a leg that lacks a key adds nothing."""
    totals: dict[str, float] = {}
    for leg, scored in legs.items():
        for (key, _), value in zip(scored, minmax([score for _, score in scored]), strict=True):
            totals[key] = totals.get(key, 0.0) + weights[leg] * float(value)
    return ranked(totals)
