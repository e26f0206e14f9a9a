"""Whether a list answers its question at all: one probability from what both legs and the reranker say of its top.

Where no document answers, some hit is first all the same, but the reranker likes it hardly better than the next ones,
and its cosine is small. Logistic regression over these signs, fitted to questions with and without an answer
(`winnow bench silence`). Below the threshold "nothing relevant" is said, beside the hits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.types import Float64

SIGNS = ("reranker", "reranker_lead", "dense", "lexical")  # see engine/query/relevance.py `signs`


@dataclass(frozen=True, slots=True)
class Gate:
    """Fitted for one encoder (SHA-256 of its weights) and one reranker (its digest). `weights` go by SIGNS."""

    encoder: str
    reranker: str | None
    weights: Mapping[str, float]
    bias: float
    threshold: float

    def chance(self, signs: Float64) -> Float64:
        """The probability that there is an answer, shape (n,), for `signs` of shape (n, SIGNS)."""
        logit = signs @ np.array([self.weights[name] for name in SIGNS]) + self.bias
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logit)))  # the logistic function, which cannot overflow

    def fits(self, encoder: str, reranker: str | None) -> bool:
        """Whether it was fitted for these two models."""
        return (self.encoder, self.reranker) == (encoder, reranker)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "weights": dict(self.weights)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Gate:
        """The gate that `to_json` gave. KeyError, TypeError or ValueError if it is none."""
        weights = {name: float(data["weights"][name]) for name in SIGNS}
        return Gate(data["encoder"], data["reranker"], weights, float(data["bias"]), float(data["threshold"]))
