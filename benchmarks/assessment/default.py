"""The calibration that is bundled with a reranker: for collections that nobody has tuned."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import UsageError
from engine.probability.calibration import Calibration
from engine.recipe import Recipe
from indexer.evaluation.tuning.fitting import cross_fit, first_hits, fit, join, quality
from indexer.evaluation.tuning.judged import Judged
from indexer.evaluation.tuning.observing import Observed
from indexer.evaluation.tuning.space import fixed
from indexer.evaluation.tuning.tune import Models

Part = tuple[Judged, Observed, list[Recipe], Models]


def fit_default(parts: Sequence[Part], depth: int | None) -> tuple[Calibration, dict[str, float]]:
    """Fit on the first hits of the untuned recipe over all collections, and its quality by cross-validation.

    UsageError where there is too little to fit.
    """
    recipe, models = fixed(depth)["reranked"], parts[0][3]
    found, queries = [], 0
    for judged, observed, _, _ in parts:
        observations = list(observed.observations.values())
        found.append(first_hits(observations, judged.qrels, recipe, first=queries))
        queries += len(observations)
    hits = join(found)
    calibration = fit(hits, models.encoder, models.reranker)
    predicted = cross_fit(hits, queries, models.encoder, models.reranker)
    if calibration is None or predicted is None:
        raise UsageError("There are too few relevant hits to fit a calibration.", "Give more judged queries.")
    return calibration, quality(predicted, hits.relevant)
