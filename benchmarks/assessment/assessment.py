"""How good the tuner and its calibrations are on a judged collection: regret, calibration, unanswerable queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.assessment.unanswerable import unanswerable
from engine.probability.calibration import Calibration
from engine.recipe import Recipe
from engine.types import Float64
from indexer.evaluation.datasets import Qrels
from indexer.evaluation.tuning.fitting import Hits, first_hits, fit, quality
from indexer.evaluation.tuning.judged import Judged
from indexer.evaluation.tuning.measuring import measure
from indexer.evaluation.tuning.observation import Observation
from indexer.evaluation.tuning.observing import Observed
from indexer.evaluation.tuning.selection import Nested, choose, nested
from indexer.evaluation.tuning.space import describe, fixed_positions, whole_positions
from indexer.evaluation.tuning.tune import Models, compared


def assess(
    judged: Judged, observed: Observed, recipes: Sequence[Recipe], models: Models, default: Calibration | None
) -> dict[str, Any]:
    """Everything by nested cross-validation; `default` is judged too if it was fitted for these models."""
    observations = list(observed.observations.values())
    values = measure(observations, judged.qrels, recipes)
    stages = whole_positions(recipes)
    crossed = nested(values, stages)
    lost = unanswerable(observations, judged.qrels, values, recipes, models)
    index = choose(values, stages)
    return {
        "collection": judged.name,
        "queries": len(observations),
        "failed_queries": len(observed.failed),
        "recipe": describe(recipes[index]),
        **compared(values, recipes, index, crossed),
        "calibration": _held_out(observations, judged.qrels, recipes, crossed, models),
        "default_calibration": _transferred(observations, judged.qrels, models, default, recipes),
        "unanswerable": None if lost is None else asdict(lost),
    }


def _held_out(
    observations: Sequence[Observation], qrels: Qrels, recipes: Sequence[Recipe], crossed: Nested, models: Models
) -> dict[str, float] | None:
    """Recipe and calibration both come from the other folds."""
    predicted: list[Float64] = []
    relevant: list[Float64] = []
    hits: dict[int, Hits] = {}
    for fold, chosen in zip(crossed.folds, crossed.chosen, strict=True):
        recipe = recipes[chosen]
        if chosen not in hits:
            hits[chosen] = first_hits(observations, qrels, recipe)
        rest = np.setdiff1d(np.arange(len(observations)), fold)
        calibration = fit(hits[chosen].of(rest), models.encoder, models.reranker if recipe.rerank != "none" else None)
        if calibration is None:
            return None
        predicted.append(calibration.probability(hits[chosen].of(fold).scores))
        relevant.append(hits[chosen].of(fold).relevant)
    return quality(np.concatenate(predicted), np.concatenate(relevant))


def _transferred(
    observations: Sequence[Observation],
    qrels: Qrels,
    models: Models,
    default: Calibration | None,
    recipes: Sequence[Recipe],
) -> dict[str, float] | None:
    """The bundled calibration on the untuned recipe, unfitted to this collection."""
    if default is None or not default.fits(models.encoder, models.reranker):
        return None
    hits = first_hits(observations, qrels, recipes[fixed_positions(recipes)["reranked"]])
    return quality(default.probability(hits.scores), hits.relevant)


def summary(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Over all collections: the mean regret, and each collection on which tuning loses significantly (p < 0.05)."""
    losses = [
        part["collection"] for part in parts if part["held_out"]["difference"] < 0.0 and part["held_out"]["p"] < 0.05
    ]
    return {
        "mean_regret": float(np.mean([part["held_out"]["regret"] for part in parts])),
        "significant_losses": losses,
    }
