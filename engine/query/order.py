"""The order by a recipe, from the legs' lists and the reranker's scores: no model and no file is touched.

The query path and the tuner (benchmarks/tuning) call the same functions, so a recipe is served as it was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.fusion import FUSIONS
from engine.fusion.ranking import Scored
from engine.recipe import Recipe
from engine.rerank import POLICIES
from engine.rerank.neighbours import smooth
from engine.types import Float64
from engine.vectors.codecs import Int8


def fuse(lexical: Sequence[Scored], dense: Sequence[Scored], recipe: Recipe) -> list[Scored]:
    """One list of both legs, best first."""
    weight = recipe.dense_weight
    return FUSIONS[recipe.fusion].fuse({"lexical": lexical, "dense": dense}, {"lexical": 1.0 - weight, "dense": weight})


def reorder(fused: Sequence[Scored], scores: Float64, codes: Int8, recipe: Recipe) -> list[Scored]:
    """The fused list in its final order; `scores` (m,) are the reranker's of the first m, and `codes` (m, d) the
    codes of their passages. Ties by key.
    """
    final = POLICIES[recipe.rerank].combine(np.array([score for _, score in fused]), scores, recipe.rerank_weight)
    read = len(scores)
    final[:read] = smooth(final[:read], codes, recipe.neighbour_weight)
    pairs = [(key, float(score)) for (key, _), score in zip(fused, final, strict=True)]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
