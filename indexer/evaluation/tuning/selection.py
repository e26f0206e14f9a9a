"""Choosing among recipes, and estimating what the choice is worth by cross-validation over queries.

The choice has two steps, because the best of many recipes is best by luck too. First, whether to rerank, untuned: the
default stays unless the other leads by more than noise. Then other weights, depths, methods and single legs, of which
there are many: they must be significantly better than that.

Recipes are fixed beforehand and nothing in them is fitted, so the mean over inner folds is the mean over the outer
fold's training queries: the inner loop chooses by it, and the outer one measures on queries that the choice never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.types import Float64

FOLDS = 5
# In standard errors of the paired difference:
NOISE = 0.5  # by which the best stage must lead the default
GAIN = 2.5  # by which other settings must lead the chosen stage: the best of hundreds leads by 2 through luck alone

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Nested:
    """`values` (queries,) are those of the recipe chosen without each query; `chosen` the recipe of each fold."""

    values: Float64
    chosen: tuple[int, ...]
    folds: tuple[Indices, ...]


def choose(values: Float64, stages: Sequence[int]) -> int:
    """The recipe to use: its row of `values`, shape (recipes, queries), which go from the simplest recipe on.

    `stages` are the rows of the untuned ones with both legs; the last of them is the default, which wins ties.
    """
    rows = np.array(sorted(stages, reverse=True))
    stage = int(rows[simplest(values[rows], NOISE)])
    better = np.flatnonzero(leads(values, values[stage]) > GAIN)
    return int(better[simplest(values[better], NOISE)]) if len(better) else stage


def simplest(values: Float64, noise: float) -> int:
    """The first row that the best one does not lead by more than `noise`."""
    best = values[int(np.argmax(values.mean(axis=1)))]
    return int(np.argmax([leads(best[None, :], row)[0] <= noise for row in values]))


def leads(values: Float64, reference: Float64) -> Float64:
    """Standard errors of the mean difference by which each row is above `reference`, shape (rows,); 0 if equal."""
    differences = values - reference
    errors = differences.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    means = differences.mean(axis=1)
    return np.asarray(
        np.divide(means, errors, out=np.where(means == 0.0, 0.0, np.copysign(np.inf, means)), where=errors > 1e-12)
    )


def nested(values: Float64, stages: Sequence[int], count: int = FOLDS, seed: int = 0) -> Nested:
    """Cross-validate `choose`."""
    folds = split(values.shape[1], count, seed)
    held_out = np.zeros(values.shape[1])
    chosen = []
    for fold in folds:
        rest = np.setdiff1d(np.arange(values.shape[1]), fold)
        chosen.append(choose(values[:, rest], stages))
        held_out[fold] = values[chosen[-1], fold]
    return Nested(held_out, tuple(chosen), tuple(folds))


def split(queries: int, count: int = FOLDS, seed: int = 0) -> list[Indices]:
    """Shuffled folds whose sizes differ by at most one."""
    order = np.random.default_rng(seed).permutation(queries)
    return [np.sort(fold) for fold in np.array_split(order, min(count, queries))]
