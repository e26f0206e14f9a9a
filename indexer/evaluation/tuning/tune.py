"""Tuning: a recipe, its calibration, and the evidence for both, from observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from engine.probability.calibration import Calibration
from engine.recipe import Recipe
from engine.types import Float64
from indexer.evaluation.statistics import bootstrap_interval, randomisation_p
from indexer.evaluation.tuning.fitting import cross_fit, first_hits, fit, quality
from indexer.evaluation.tuning.judged import Judged
from indexer.evaluation.tuning.measuring import measure
from indexer.evaluation.tuning.observation import Observation
from indexer.evaluation.tuning.observing import Observed
from indexer.evaluation.tuning.selection import FOLDS, GAIN, NOISE, Nested, choose, nested
from indexer.evaluation.tuning.space import describe, fixed_positions, whole_positions

METRIC = "nDCG@10"


@dataclass(frozen=True, slots=True)
class Models:
    """Digests of the encoder's weights and of the reranker, None without one."""

    encoder: str
    reranker: str | None


@dataclass(frozen=True, slots=True)
class Tuned:
    """`calibration` is None where the queries do not allow one: made ones, or too few relevant hits."""

    recipe: Recipe
    calibration: Calibration | None
    evidence: dict[str, Any]


def tune(judged: Judged, observed: Observed, recipes: Sequence[Recipe], models: Models) -> Tuned:
    """Choose among `recipes`, given from the simplest on. Queries that could not be asked are left out and counted."""
    observations = list(observed.observations.values())
    values = measure(observations, judged.qrels, recipes)
    stages = whole_positions(recipes)
    index = choose(values, stages)
    recipe = recipes[index]
    calibration, fitted = _calibrate(judged, observations, recipe, models)
    evidence = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": judged.name,
        "origin": judged.origin,
        "queries": len(observations),
        "failed_queries": len(observed.failed),
        "metric": METRIC,
        "recipes_tried": len(recipes),
        "recipe": describe(recipe),
        "noise": NOISE,
        "gain": GAIN,
        "folds": FOLDS,
        **compared(values, recipes, index, nested(values, stages)),
        "calibration": fitted,
        "models": {"encoder": models.encoder, "reranker": models.reranker},
    }
    return Tuned(recipe, calibration, evidence)


def compared(values: Float64, recipes: Sequence[Recipe], chosen: int, crossed: Nested) -> dict[str, Any]:
    """`stages`: each fixed stage against the chosen recipe; `held_out`: the tuner itself against the best stage.

    Differences are of the chosen recipe (the tuner) to the stage: positive means that tuning gains.
    """
    stages = fixed_positions(recipes)
    best = max(stages, key=lambda name: float(values[stages[name]].mean()))
    reference = values[stages[best]]
    mean = float(reference.mean())
    return {
        "chosen": _rounded(float(values[chosen].mean())),
        "stages": {name: versus(values[chosen], values[index]) for name, index in stages.items()},
        "held_out": {
            "best_stage": best,
            **versus(crossed.values, reference),
            "regret": _rounded((mean - float(crossed.values.mean())) / mean if mean else 0.0),
            "recipes": [describe(recipes[index]) for index in crossed.chosen],
        },
    }


def versus(values: Float64, reference: Float64) -> dict[str, float]:
    """Means, their difference with a 95% interval, and the p of the paired randomisation test."""
    differences = np.where(np.isclose(values, reference, rtol=0.0, atol=1e-12), 0.0, values - reference)
    low, high = bootstrap_interval(differences)
    figures = {
        "value": float(values.mean()),
        "reference": float(reference.mean()),
        "difference": float(differences.mean()),
        "low": low,
        "high": high,
        "p": randomisation_p(differences),
    }
    return {name: _rounded(figure) for name, figure in figures.items()}


def _calibrate(
    judged: Judged, observations: Sequence[Observation], recipe: Recipe, models: Models
) -> tuple[Calibration | None, Mapping[str, Any] | None]:
    """The calibration, fitted on all queries, and its quality on held-out ones."""
    if judged.origin == "pseudo":
        return None, None  # relevance for a person is not learnt from sentences that were copied
    reranker = models.reranker if recipe.rerank != "none" else None
    hits = first_hits(observations, judged.qrels, recipe)
    predicted = cross_fit(hits, len(observations), models.encoder, reranker)
    if predicted is None:
        return None, None
    found = quality(predicted, hits.relevant)
    return fit(hits, models.encoder, reranker), {name: _rounded(figure) for name, figure in found.items()}


def _rounded(figure: float) -> float:
    return round(figure, 6)
