"""A calibration: from a hit's absolute scores to the probability that it is relevant.

Logistic regression (Platt, "Probabilistic Outputs for Support Vector Machines", 1999) over several scores, with
weights that are not negative: a hit that is better by every score is never called less relevant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.errors import UsageError
from engine.types import Float64


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted for one encoder (SHA-256 of its weights) and one reranker (its digest; None: for fused lists).

    `weights` maps the name of a feature (engine/relevance.py) to its weight.
    """

    encoder: str
    reranker: str | None
    weights: Mapping[str, float]
    bias: float

    def __post_init__(self) -> None:
        if any(not weight >= 0.0 for weight in self.weights.values()) or not np.isfinite(self.bias):
            raise UsageError("A calibration's weights must not be negative.", "Fit it again with `winnow tune`.")

    def probability(self, features: Mapping[str, Float64]) -> Float64:
        """Relevance in [0, 1], shape (n,), of n hits whose features are given by name, shape (n,) each."""
        logit: Float64 = np.full(np.shape(next(iter(features.values()))), self.bias)
        for name, weight in self.weights.items():
            logit = logit + weight * features[name]
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logit)))  # the logistic function, which cannot overflow

    def fits(self, encoder: str, reranker: str | None) -> bool:
        """Whether it was fitted for these two models."""
        return (self.encoder, self.reranker) == (encoder, reranker)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "weights": dict(self.weights)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Calibration:
        weights = {str(name): float(weight) for name, weight in data["weights"].items()}
        return Calibration(data["encoder"], data["reranker"], weights, float(data["bias"]))
