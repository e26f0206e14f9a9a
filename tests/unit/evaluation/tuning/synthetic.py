"""Observations made up: the relevant documents of each query, and how well each part of the path finds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.fusion.evidence import SCALE
from engine.query.legs import Leg
from engine.recipe import Recipe
from engine.types import RowId
from indexer.evaluation.tuning.judged import Judged
from indexer.evaluation.tuning.observation import Observation
from indexer.evaluation.tuning.observing import Observed
from indexer.evaluation.tuning.space import bm25_key

DOCUMENTS = 60


def made_up(
    queries: int, *, lexical: float, dense: float, reranker: float, seed: int = 0, relevant: int = 2
) -> tuple[Judged, Observed]:
    """Each part scores a document by noise of variance 1, and a relevant one higher by what is given.

    A dense score is in the unit of a cosine, so that both legs weigh alike when they are fused.
    """
    rng = np.random.default_rng(seed)
    observed, qrels = Observed(), {}
    names = [f"d{number:02d}" for number in range(DOCUMENTS)]
    for number in range(queries):
        good = rng.choice(DOCUMENTS, relevant, replace=False)
        bonus = np.isin(np.arange(DOCUMENTS), good).astype(float)
        lexical_leg, dense_leg = (
            _leg(names, (rng.normal(size=DOCUMENTS) + lift * bonus) / unit)
            for lift, unit in ((lexical, 1.0), (dense, SCALE))
        )
        judged = rng.normal(size=DOCUMENTS) + reranker * bonus
        query = f"q{number}"
        qrels[query] = {names[place]: 1 for place in good}
        observed.observations[query] = Observation(
            query,
            query,
            query,
            dense_leg,
            {bm25_key(Recipe()): lexical_leg},
            {bm25_key(Recipe()): 8.0},
            {RowId(0, row): float(value) for row, value in enumerate(judged)},
            {RowId(0, row): bytes(4) for row in range(DOCUMENTS)},  # no vectors: each document on its own
        )
    return Judged("made up", "judged", {query: query for query in qrels}, qrels), observed


def _leg(names: Sequence[str], scores: np.ndarray) -> Leg:
    order = np.argsort(-scores)[: DOCUMENTS // 2]
    rows = tuple(RowId(0, int(place)) for place in order)
    return Leg(tuple(names[place] for place in order), rows, tuple(float(scores[place]) for place in order))
