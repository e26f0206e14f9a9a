"""Blend: the reranker's score and the fused one, weighted. A weak reranker then helps more often than it hurts."""

from __future__ import annotations

import numpy as np

from engine.fusion.minmax import minmax
from engine.types import Float64


def combine(fused: Float64, scores: Float64, weight: float) -> Float64:
    """Final scores (n,) in [0, 1] from fused ones (n,), best first, and the reranker's (m,) of the first m of them.

    Both are min-max normalised; what the reranker did not see counts as the worst of what it saw. So it keeps its fused
    order and never overtakes what was seen, however few a budget let it see.
    """
    seen = np.zeros_like(fused)
    seen[: len(scores)] = minmax(scores.tolist())
    return (1.0 - weight) * minmax(fused.tolist()) + weight * seen
