"""Does "nothing relevant" come where it is true? Half of the queries lose all documents that were judged for them.

The other queries keep theirs, but for documents that the first half took away. A threshold on relevance is chosen on
some queries and measured on others. What is removed is removed from the observed lists: nothing moves up in its
place, and the collection's statistics stay as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.probability.calibration import Calibration
from engine.query.relevance import relevance
from engine.recipe import Recipe
from engine.types import Float64
from indexer.evaluation.datasets import Qrels
from indexer.evaluation.tuning.fitting import first_hits, fit
from indexer.evaluation.tuning.measuring import DEPTH, ndcg
from indexer.evaluation.tuning.observation import Observation, Replay
from indexer.evaluation.tuning.selection import Indices, choose, split
from indexer.evaluation.tuning.space import whole_positions
from indexer.evaluation.tuning.tune import Models

KEEP = 0.96  # of the answerable queries' nDCG@10 that the threshold must keep where it is chosen
THRESHOLDS: Float64 = np.linspace(0.0, 0.99, 100)

Page = list[tuple[str, float]]  # (document, relevance) of the first hits


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """`false_answers` is the share of unanswerable queries that are still answered; without a threshold it is 1 (or
    `before`, where a list was empty anyway). `kept` is the share of nDCG@10 that answerable queries keep.
    """

    answerable: int
    unanswerable: int
    before: float
    false_answers: float
    false_hits: float
    kept: float
    thresholds: tuple[float, ...]


def unanswerable(
    observations: Sequence[Observation],
    qrels: Qrels,
    values: Float64,
    recipes: Sequence[Recipe],
    models: Models,
    seed: int = 0,
) -> Unanswerable | None:
    """Cross-validated over queries; recipe, calibration and threshold of each fold come from the others. None where
    there is too little to calibrate. `values` (recipes, queries) are nDCG@10 of the intact collection.
    """
    stages = whole_positions(recipes)
    lost, removed = _take_away(observations, qrels, seed)
    judged = {
        query: {document: grade for document, grade in grades.items() if document not in removed}
        for query, grades in qrels.items()
    }
    hidden = [observation.without(removed) for observation in observations]
    asked = [i for i, observation in enumerate(observations) if i in lost or any(judged[observation.query].values())]
    pages: dict[int, Page] = {}
    thresholds: dict[int, float] = {}
    chosen = []
    for fold in split(len(observations), seed=seed):
        rest = np.setdiff1d(np.arange(len(observations)), fold)
        recipe = recipes[choose(values[:, rest], stages)]
        calibration = _calibrate(observations, qrels, recipe, rest, models)
        if calibration is None:
            return None
        train = {i: page(hidden[i], recipe, calibration) for i in rest if i in asked}
        threshold = _threshold([(train[i], judged[hidden[i].query]) for i in train if i not in lost])
        chosen.append(threshold)
        for i in fold:
            if i in asked:
                pages[int(i)], thresholds[int(i)] = page(hidden[i], recipe, calibration), threshold
    return _count(hidden, judged, lost, pages, thresholds, tuple(chosen))


def page(observation: Observation, recipe: Recipe, calibration: Calibration) -> Page:
    """The first hits with their relevance."""
    ranking = _scored(observation, recipe).ranking(recipe)
    return list(relevance(calibration, ranking).items())[:DEPTH]


def _scored(observation: Observation, recipe: Recipe) -> Replay:
    """The replay without documents whose passage was never scored: it moved up, or changed, where others were
    taken away.
    """
    while True:
        replay = Replay(observation)
        head = zip(replay.fused(recipe), replay.head(recipe), strict=False)
        unscored = frozenset(key for (key, _), row in head if row not in observation.judged)
        if not unscored:
            return replay
        observation = observation.without(unscored)


def _take_away(observations: Sequence[Observation], qrels: Qrels, seed: int) -> tuple[set[int], frozenset[str]]:
    order = np.random.default_rng([seed, 1]).permutation(len(observations))
    lost = {int(i) for i in order[: len(order) // 2]}
    return lost, frozenset(document for i in lost for document in qrels[observations[i].query])


def _calibrate(
    observations: Sequence[Observation], qrels: Qrels, recipe: Recipe, rest: Indices, models: Models
) -> Calibration | None:
    hits = first_hits([observations[i] for i in rest], qrels, recipe)
    return fit(hits, models.encoder, models.reranker if recipe.rerank != "none" else None)


def _threshold(pages: Sequence[tuple[Page, dict[str, int]]]) -> float:
    """The highest threshold at which answerable queries keep KEEP of their nDCG@10."""
    whole = _mean_ndcg(pages, 0.0)
    passing = [float(t) for t in THRESHOLDS if _mean_ndcg(pages, float(t)) >= KEEP * whole]
    return max(passing)


def _mean_ndcg(pages: Sequence[tuple[Page, dict[str, int]]], threshold: float) -> float:
    return float(np.mean([ndcg([key for key, p in page if p >= threshold], judged) for page, judged in pages]))


def _count(
    hidden: Sequence[Observation],
    judged: Qrels,
    lost: set[int],
    pages: dict[int, Page],
    thresholds: dict[int, float],
    chosen: tuple[float, ...],
) -> Unanswerable:
    after = {i: [(key, p) for key, p in pages[i] if p >= thresholds[i]] for i in pages}
    empty, full = [i for i in pages if i in lost], [i for i in pages if i not in lost]
    whole = np.mean([ndcg([key for key, _ in pages[i]], judged[hidden[i].query]) for i in full])
    left = np.mean([ndcg([key for key, _ in after[i]], judged[hidden[i].query]) for i in full])
    shown = sum(len(pages[i]) for i in empty)
    return Unanswerable(
        answerable=len(full),
        unanswerable=len(empty),
        before=float(np.mean([bool(pages[i]) for i in empty])),
        false_answers=float(np.mean([bool(after[i]) for i in empty])),
        false_hits=sum(len(after[i]) for i in empty) / shown if shown else 0.0,
        kept=float(left / whole) if whole else 1.0,
        thresholds=chosen,
    )
