"""Replace: the reranker's order alone; what it did not see follows in fused order."""

from __future__ import annotations

import numpy as np

from engine.fusion.minmax import minmax
from engine.types import Float64


def combine(fused: Float64, scores: Float64, weight: float) -> Float64:
    """Final scores (n,) from fused ones (n,), best first, and the reranker's (m,) of the first m of them.

    Those seen lie in [0, 1], min-max normalised, those unseen below 0. `weight` is not used.
    """
    return np.concatenate([minmax(scores.tolist()), minmax(fused.tolist())[len(scores) :] - 1.0 - 1e-9])
