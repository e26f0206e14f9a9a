"""The order by a recipe, from the legs' lists and the reranker's scores: no model and no file is touched.

The query path and the tuner (indexer/evaluation/tuning) call the same functions, so a recipe is served as it was
chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from engine.fusion import FUSIONS
from engine.fusion.evidence import SCALE
from engine.fusion.ranking import Scored, ranked
from engine.recipe import Recipe
from engine.rerank import POLICIES
from engine.rerank.neighbours import smooth
from engine.types import Float64
from engine.vectors.codecs import Int8


def with_estimates(dense: Sequence[Scored], lexical: Sequence[Scored], unembedded: Collection[str]) -> Sequence[Scored]:
    """The dense leg's list with an estimate for each key that has no vector yet: the mean of what the lexical leg's
    other hits score, those that the dense leg did not find by its last one.

    Without it the best hit by words would rank as if it had been found to mean something else.
    """
    if not unembedded or not dense:
        return dense
    scores = dict(dense)
    last = min(scores.values())
    others = [scores.get(key, last) for key, _ in lexical if key not in unembedded] or list(scores.values())
    estimate = sum(others) / len(others)
    missing = [(key, estimate) for key, _ in lexical if key in unembedded and key not in scores]
    return sorted([*dense, *missing], key=lambda pair: (-pair[1], pair[0]))


def fuse(lexical: Sequence[Scored], dense: Sequence[Scored], recipe: Recipe) -> list[Scored]:
    """One list of both legs, best first."""
    weight = recipe.dense_weight
    return FUSIONS[recipe.fusion].fuse({"lexical": lexical, "dense": dense}, {"lexical": 1.0 - weight, "dense": weight})


def with_matches(fused: Sequence[Scored], matches: Mapping[str, float], recipe: Recipe) -> list[Scored]:
    """The fused list with what single tokens say, in the unit of a cosine. What was not looked at matches as badly as
    the worst that was.
    """
    if not matches or not recipe.token_weight:
        return list(fused)
    worst, weight = min(matches.values()), recipe.token_weight * SCALE
    return ranked({key: score + weight * (matches.get(key, worst) - worst) for key, score in fused})


def reorder(fused: Sequence[Scored], scores: Float64, codes: Int8, recipe: Recipe) -> list[Scored]:
    """The fused list in its final order; `scores` (m,) are the reranker's of the first m, and `codes` (m, d) the
    codes of their passages. Ties by key.
    """
    final = POLICIES[recipe.rerank].combine(np.array([score for _, score in fused]), scores, recipe.rerank_weight)
    read = len(scores)
    final[:read] = smooth(final[:read], codes, recipe.neighbour_weight)
    pairs = [(key, float(score)) for (key, _), score in zip(fused, final, strict=True)]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
