"""Fitting a calibration, and how good one is on queries that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.probability.calibration import Calibration, ComparedScores
from engine.query.relevance import compared_scores
from engine.recipe import Recipe
from engine.types import Float64
from indexer.evaluation.tuning.measuring import DEPTH
from indexer.evaluation.tuning.observation import Observation, Replay
from indexer.evaluation.tuning.selection import Indices, split

LEAST = 10  # relevant hits, and others, below which nothing is fitted
RIDGE = 1.0  # prior precision of a standardised weight
BINS = 10
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Hits:
    """The first ten hits of every query: `scores` by name, `relevant` and `queries` (index), shape (n,) each."""

    scores: Mapping[str, ComparedScores]
    relevant: Float64
    queries: Indices

    def of(self, queries: Indices) -> Hits:
        """Hits of some queries."""
        kept = np.isin(self.queries, queries)
        scores = {name: ComparedScores(score.own[kept], score.rivals[kept]) for name, score in self.scores.items()}
        return Hits(scores, self.relevant[kept], self.queries[kept])


def first_hits(
    observations: Sequence[Observation], qrels: Mapping[str, Mapping[str, int]], recipe: Recipe, first: int = 0
) -> Hits:
    """Hits that a recipe shows for the observed queries, which are numbered from `first` on.

    A document that nobody judged counts as not relevant.
    """
    parts = []
    for index, observation in enumerate(observations, start=first):
        ranking = Replay(observation).ranking(recipe)
        keys = [key for key, _ in ranking.stages[ranking.final][:DEPTH]]
        if keys:
            relevant = [qrels[observation.query].get(key, 0) > 0 for key in keys]
            parts.append(
                Hits(compared_scores(ranking, keys), np.array(relevant, np.float64), np.full(len(keys), index))
            )
    return join(parts)


def join(parts: Sequence[Hits]) -> Hits:
    """Hits of all parts together."""
    if not parts:
        return Hits({}, np.empty(0), np.empty(0, np.int64))
    scores = {
        name: ComparedScores(
            np.concatenate([part.scores[name].own for part in parts]),
            np.concatenate([part.scores[name].rivals for part in parts]),
        )
        for name in parts[0].scores
    }
    relevant = np.concatenate([part.relevant for part in parts])
    return Hits(scores, relevant, np.concatenate([part.queries for part in parts]))


def fit(hits: Hits, encoder: str, reranker: str | None) -> Calibration | None:
    """Maximum a posteriori logistic regression with weights >= 0; None where there is too little to fit.

    A score whose weight would be negative is left out, the most negative one first.
    """
    positive = float(hits.relevant.sum())
    if min(positive, len(hits.relevant) - positive) < LEAST:
        return None
    typical = {name: _typical(score) for name, score in hits.scores.items()}
    margins = {name: score.margin(typical[name]) for name, score in hits.scores.items()}
    names = list(margins)
    while True:
        weights, bias = logistic(
            np.column_stack([margins[name] for name in names] or [np.empty((len(hits.relevant), 0))]), hits.relevant
        )
        if not names or weights.min() >= 0.0:
            break
        del names[int(np.argmin(weights))]
    fitted = dict(zip(names, weights.tolist(), strict=True))
    return Calibration(encoder, reranker, fitted, {name: typical[name] for name in names}, bias)


def cross_fit(hits: Hits, queries: int, encoder: str, reranker: str | None) -> Float64 | None:
    """Each hit's probability by a calibration that was fitted without its query; None as for `fit`."""
    predicted = np.zeros(len(hits.relevant))
    for fold in split(queries):
        held_out = np.isin(hits.queries, fold)
        calibration = fit(hits.of(np.setdiff1d(np.arange(queries), fold)), encoder, reranker)
        if calibration is None:
            return None
        predicted[held_out] = calibration.probability(hits.of(fold).scores)
    return predicted


def quality(predicted: Float64, relevant: Float64) -> dict[str, float]:
    """Brier score, its skill against the base rate, area under the ROC curve, expected calibration error."""
    brier = float(np.mean((predicted - relevant) ** 2))
    constant = float(relevant.mean() * (1.0 - relevant.mean()))
    return {
        "hits": len(relevant),
        "base_rate": float(relevant.mean()),
        "brier": brier,
        "brier_skill": 1.0 - brier / constant if constant else 0.0,
        "auc": auc(predicted, relevant),
        "ece": expected_calibration_error(predicted, relevant),
    }


def auc(predicted: Float64, relevant: Float64) -> float:
    """The chance that a relevant hit scores above another one, ties half (Mann-Whitney); 0.5 where one kind lacks."""
    _, inverse, counts = np.unique(predicted, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]  # mid-ranks, from 1
    positive, negative = relevant.sum(), len(relevant) - relevant.sum()
    if not positive or not negative:
        return 0.5
    return float((ranks[relevant > 0].sum() - positive * (positive + 1) / 2.0) / (positive * negative))


def expected_calibration_error(predicted: Float64, relevant: Float64, bins: int = BINS) -> float:
    """Mean distance of predicted and observed frequency over bins of equal width, weighted by their hits.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, https://arxiv.org/abs/1706.04599
    """
    places = np.minimum((predicted * bins).astype(int), bins - 1)
    gaps = [abs(float((predicted - relevant)[places == place].sum())) for place in range(bins)]
    return sum(gaps) / len(predicted)


def _typical(score: ComparedScores) -> float:
    return float(np.nanmean(score.rivals)) if np.isfinite(score.rivals).any() else 0.0


def logistic(values: Float64, relevant: Float64, counts: Float64 | None = None) -> tuple[Float64, float]:
    """Weights (features,) and bias of penalised logistic regression on `values` (n, features). `counts` (n,) say how
    often each row counts, once by default.
    """
    counts = np.ones(len(values)) if counts is None else counts
    means, scales = values.mean(axis=0), values.std(axis=0)
    scales = np.where(scales > 1e-9, scales, 1.0)
    inputs = np.column_stack([(values - means) / scales, np.ones(len(values))])
    penalty = np.diag([RIDGE] * values.shape[1] + [0.0])
    theta = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        predicted = 0.5 * (1.0 + np.tanh(0.5 * inputs @ theta))
        gradient = inputs.T @ (counts * (predicted - relevant)) + penalty @ theta
        hessian = (inputs * (counts * predicted * (1.0 - predicted) + 1e-9)[:, None]).T @ inputs + penalty
        step = np.linalg.solve(hessian, gradient)
        theta = theta - step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    weights = theta[:-1] / scales
    return weights, float(theta[-1] - weights @ means)
