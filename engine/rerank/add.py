"""Add: the reranker's logits correct the fused list, for models trained to do so (loss `residual` of `winnow train`).

The logits keep their scale, which is what such a model has learnt: near zero where it has nothing to say. The weight is
the inverse of the scale that the loss gave the fused scores, 0.1 by default.
"""

from __future__ import annotations

import numpy as np

from engine.fusion.minmax import minmax
from engine.types import Float64


def combine(fused: Float64, scores: Float64, weight: float) -> Float64:
    """Final scores (n,) from fused ones (n,), best first, and the reranker's logits (m,) of the first m of them.

    What the reranker did not see is corrected as the worst that it saw, so that not being seen is no advantage.
    """
    corrections = np.full_like(fused, scores.min() if len(scores) else 0.0)
    corrections[: len(scores)] = scores
    return minmax(fused.tolist()) + weight * corrections
