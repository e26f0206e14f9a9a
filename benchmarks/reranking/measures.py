"""MRR, nDCG and MAP of scored lists, as `CrossEncoderRerankingEvaluator` computes them.

Its nDCG and average precision are scikit-learn's (`ndcg_score`, `average_precision_score`): texts of one score share
their places, and average precision looks at the whole list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.reranking.lists import Given
from engine.protocols import Reranker
from engine.types import Passage

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """Means over all queries by the name of the measure. `base` is that of the lists as they were found, None where no
    documents were given.
    """

    reranked: dict[str, float]
    base: dict[str, float] | None


def measure(reranker: Reranker, lists: Sequence[Given], rank: int, *, insert_positives: bool) -> Measured:
    """Score every list and measure the orders. Texts are cut to the reranker's length, as the evaluator cuts them.

    A list without a relevant text counts as 0.
    """
    reranked, base = [], []
    for given in lists:
        texts, relevant = given.candidates(insert_positives=insert_positives)
        passages = [Passage(text) for text in texts] if any(relevant) else []
        reranked.append(measures(relevant, reranker.score(given.query, passages), rank) if passages else _nothing(rank))
        if given.documents is not None:
            found = given.found()
            base.append(measures(found, np.arange(len(found), 0, -1), rank) if found else _nothing(rank))
    return Measured(_means(reranked), _means(base) if base else None)


def measures(relevant: Sequence[bool], scores: Sequence[float] | NDArray[np.generic], rank: int) -> dict[str, float]:
    """MAP, and MRR and nDCG at a rank, of one list with a relevant text; the greater score stands first."""
    labels, values = np.asarray(relevant, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    order = np.argsort(values, kind="stable")[::-1]
    first = np.flatnonzero(labels[order[:rank]])
    return {
        "MAP": _average_precision(labels, values),
        f"MRR@{rank}": float(1 / (first[0] + 1)) if len(first) else 0.0,
        f"NDCG@{rank}": _gain(labels, values, rank) / _gain(labels, labels, rank),
    }


def _average_precision(labels: Numbers, scores: Numbers) -> float:
    """Mean of the precision at each score that a relevant text has, counted down to the last text of that score."""
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = labels[order].cumsum()[last]
    return float((np.diff(hits, prepend=0.0) * hits / (last + 1)).sum() / labels.sum())


def _gain(labels: Numbers, scores: Numbers, rank: int) -> float:
    """Discounted gain of the first `rank` places; texts of one score share the discounts of their places."""
    discounts = np.where(np.arange(len(labels)) < rank, 1 / np.log2(np.arange(len(labels)) + 2), 0.0)
    _, group, sizes = np.unique(-scores, return_inverse=True, return_counts=True)
    gains = np.bincount(group, labels) / sizes
    ends = sizes.cumsum()
    totals = np.append(0.0, discounts.cumsum())
    return float((gains * (totals[ends] - totals[ends - sizes])).sum())


def _nothing(rank: int) -> dict[str, float]:
    return dict.fromkeys(("MAP", f"MRR@{rank}", f"NDCG@{rank}"), 0.0)


def _means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
