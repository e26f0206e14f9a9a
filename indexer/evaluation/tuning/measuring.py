"""nDCG@10 of every recipe on every query, from observations alone.

The gain is linear, as in benchmarks/metrics.py, whose values these equal; this one needs no library beside NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.recipe import Recipe
from engine.types import Float64
from indexer.evaluation.tuning.observation import Observation, Replay

DEPTH = 10
_DISCOUNT: Float64 = 1.0 / np.log2(np.arange(2, DEPTH + 2))


def ndcg(documents: Sequence[str], judgements: Mapping[str, int]) -> float:
    """nDCG@10 of a list, best first (Jarvelin and Kekalainen 2002); 0 where nothing is relevant."""
    gains = [max(judgements.get(document, 0), 0) for document in documents[:DEPTH]]
    ideal = sorted((grade for grade in judgements.values() if grade > 0), reverse=True)[:DEPTH]
    best = float(np.dot(ideal, _DISCOUNT[: len(ideal)]))
    return float(np.dot(gains, _DISCOUNT[: len(gains)])) / best if best else 0.0


def recall(documents: Sequence[str], judgements: Mapping[str, int], depth: int = 100) -> float:
    """The share of the relevant documents among the first `depth`; 0 where nothing is relevant."""
    relevant = {document for document, grade in judgements.items() if grade > 0}
    return len(relevant.intersection(documents[:depth])) / len(relevant) if relevant else 0.0


def measure(
    observations: Sequence[Observation], qrels: Mapping[str, Mapping[str, int]], recipes: Sequence[Recipe]
) -> Float64:
    """nDCG@10, shape (recipes, queries)."""
    values = np.zeros((len(recipes), len(observations)))
    for column, observation in enumerate(observations):
        replay, judgements = Replay(observation), qrels[observation.query]
        for row, recipe in enumerate(recipes):
            values[row, column] = ndcg([key for key, _ in replay.order(recipe)[:DEPTH]], judgements)
    return values
