"""Should "nothing relevant" be said of a question? Fits the gate that says so, and measures it on collections unseen.

The gate (engine/probability/gate.py) is fitted to questions with and without an answer, both kinds with the same
weight. Its threshold is the highest at which the answerable questions keep KEEP of their nDCG@10, if those below it
count as unanswered. What is measured of a collection comes from a gate and a threshold that the others gave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.probability.gate import SIGNS, Gate
from engine.query.relevance import signs
from engine.recipe import Recipe
from engine.types import Float64
from indexer.evaluation.tuning.fitting import auc, logistic
from indexer.evaluation.tuning.measuring import DEPTH, ndcg
from indexer.evaluation.tuning.observation import Observation, Replay
from indexer.evaluation.tuning.tune import Models

KEEP = 0.95
LEAST = 5  # questions with an answer, and without, below which nothing is fitted


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one collection: `signs` (n, SIGNS), nDCG@10 and whether there is an answer, shape (n,)."""

    name: str
    signs: Float64
    values: Float64
    answerable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Silence:
    """`silenced`: the share of unanswerable questions of which "nothing relevant" would be said; `kept`: of the
    answerable ones' nDCG@10; `area` under the ROC curve. `gate` is that of all collections together.
    """

    silenced: float
    kept: float
    area: float
    by_collection: Mapping[str, tuple[float, float]]  # silenced, kept
    gate: Gate


def asked(
    name: str, observations: Sequence[Observation], qrels: Mapping[str, Mapping[str, int]], recipe: Recipe
) -> Asked:
    """Signs by a recipe for a collection's questions. One without judgements has no answer; one that a leg stood
    aside for is left out.
    """
    rows, values, answerable = [], [], []
    for observation in observations:
        ranking, judgements = Replay(observation).ranking(recipe), qrels[observation.query]
        if (told := signs(ranking)) is not None:
            rows.append(told)
            values.append(ndcg([key for key, _ in ranking.stages[ranking.final][:DEPTH]], judgements))
            answerable.append(any(grade > 0 for grade in judgements.values()))
    return Asked(name, np.array(rows).reshape(-1, len(SIGNS)), np.array(values), np.array(answerable, np.bool_))


def leave_one_out(parts: Sequence[Asked], models: Models) -> Silence:
    """Every collection by what the others tell; UsageError where there is too little to fit."""
    gates = [fit_gate([other for other in parts if other is not part], models) for part in parts]
    chances = [gate.chance(part.signs) for part, gate in zip(parts, gates, strict=True)]
    said = [chance < gate.threshold for chance, gate in zip(chances, gates, strict=True)]
    whole = _together(parts)
    silenced, kept = _shares(whole, np.concatenate(said))
    return Silence(
        silenced,
        kept,
        auc(np.concatenate(chances), whole.answerable.astype(np.float64)),
        {part.name: _shares(part, silent) for part, silent in zip(parts, said, strict=True)},
        fit_gate(parts, models),
    )


def fit_gate(parts: Sequence[Asked], models: Models) -> Gate:
    whole = _together(parts)
    answerable = int(whole.answerable.sum())
    if min(answerable, len(whole.answerable) - answerable) < LEAST:
        raise UsageError(
            f"{answerable} of {len(whole.answerable)} questions have an answer: too few of one kind to fit a gate.",
            "Give more judged collections with an unanswerable.jsonl.",
        )
    weight = np.where(whole.answerable, 0.5 / answerable, 0.5 / (len(whole.answerable) - answerable))
    weights, bias = logistic(whole.signs, whole.answerable.astype(np.float64), weight * len(weight))
    gate = Gate(models.encoder, models.reranker, dict(zip(SIGNS, weights.tolist(), strict=True)), bias, 0.0)
    return replace(gate, threshold=_threshold(gate.chance(whole.signs), whole.values))


def _together(parts: Sequence[Asked]) -> Asked:
    return Asked(
        "",
        np.concatenate([part.signs for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.answerable for part in parts]),
    )


def _threshold(chances: Float64, values: Float64) -> float:
    """The highest at which what lies below it holds no more than 1 - KEEP of the values."""
    order = np.argsort(chances)
    lost = np.concatenate([[0.0], np.cumsum(values[order])[:-1]])
    return float(chances[order][lost <= (1.0 - KEEP) * values.sum()][-1])


def _shares(part: Asked, silent: NDArray[np.bool_]) -> tuple[float, float]:
    """The share of the unanswerable questions that are `silent`, and of nDCG@10 that the others keep."""
    whole = float(part.values[part.answerable].sum())
    kept = float(part.values[part.answerable & ~silent].sum())
    unanswerable = silent[~part.answerable]
    return float(unanswerable.mean()) if len(unanswerable) else 0.0, kept / whole if whole else 1.0
