"""A calibration: from a hit's scores to the probability that it is relevant.

Logistic regression (Platt, "Probabilistic Outputs for Support Vector Machines", 1999) over margins: by how much each of
a hit's scores exceeds the mean of its best rivals for the same query. What a score alone means differs from query to
query, and a hit that answers stands out. No weight is negative: a higher score never makes a hit less relevant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.errors import UsageError
from engine.types import Float64

RIVALS = 9  # the rest of a page


@dataclass(frozen=True, slots=True)
class ComparedScores:
    """One score of n hits: `own` (n,), and their best rivals' (n, RIVALS), NaN where there are fewer."""

    own: Float64
    rivals: Float64

    @staticmethod
    def alone(own: Float64) -> ComparedScores:
        """Scores that are their own margins: no rival counts."""
        return ComparedScores(own, np.full((len(own), RIVALS), np.nan))

    def margin(self, typical: float) -> Float64:
        """Own score less the rivals' mean, shape (n,); each rival that is not there counts as a `typical` one, so that
        a hit without rivals is judged by its score alone.
        """
        rivals: Float64 = np.where(np.isnan(self.rivals), typical, self.rivals).mean(axis=1)
        return self.own - rivals


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted for one encoder (SHA-256 of its weights) and one reranker (its digest; None: for fused lists).

    `weights` and `typical` (a rival's mean score) go by the name of a score (engine/query/relevance.py).
    """

    encoder: str
    reranker: str | None
    weights: Mapping[str, float]
    typical: Mapping[str, float]
    bias: float

    def __post_init__(self) -> None:
        if any(not weight >= 0.0 for weight in self.weights.values()) or not np.isfinite(self.bias):
            raise UsageError("A calibration's weights must not be negative.", "Fit it again with `winnow tune`.")

    def probability(self, scores: Mapping[str, ComparedScores]) -> Float64:
        """Relevance in [0, 1], shape (n,), of n hits whose scores are given by name."""
        logit: Float64 = np.full(len(next(iter(scores.values())).own), self.bias)
        for name, weight in self.weights.items():
            logit = logit + weight * scores[name].margin(self.typical[name])
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logit)))  # the logistic function, which cannot overflow

    def fits(self, encoder: str, reranker: str | None) -> bool:
        """Whether it was fitted for these two models."""
        return (self.encoder, self.reranker) == (encoder, reranker)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "weights": dict(self.weights), "typical": dict(self.typical)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Calibration:
        """Read it from JSON. KeyError, TypeError or ValueError if it is none; UsageError if no calibration can be like
        that.
        """
        weights, typical = (
            {str(name): float(value) for name, value in data[part].items()} for part in ("weights", "typical")
        )
        return Calibration(data["encoder"], data["reranker"], weights, typical, float(data["bias"]))
