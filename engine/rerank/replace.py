"""Replace: the reranker's order alone; what it did not see follows in fused order."""

from __future__ import annotations

import numpy as np

from engine.fusion.minmax import minmax
from engine.types import Float64


def combine(fused: Float64, scores: Float64, weight: float) -> Float64:
    """Final scores (n,) from fused ones (n,), best first, and the reranker's (m,) of the first m of them, in [0, 1].

    Those unseen score below 0. `weight` is not used.
    """
    return np.concatenate([scores, minmax(fused.tolist())[len(scores) :] - 1.0 - 1e-9])
