"""The loss of codes against exact float32 search, by oversampling, query by query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.settings import settings
from engine.store.generation import Generation
from engine.types import Float32, Float64
from engine.vectors.codecs import Codes
from engine.vectors.exact import search_exact
from engine.vectors.files import VectorFiles
from engine.vectors.search import SCANS, search_dense
from indexer.evaluation.exact import ExactIndex
from indexer.evaluation.statistics import bootstrap_interval
from indexer.evaluation.tuning.measuring import DEPTH, ndcg

OVERSAMPLING = (1, 2, 4, 8, 16)
CANDIDATES = 100
CONSTANT = 0.01  # a bit that fewer rows than this share have set, or have not, tells nothing

Qrels = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Losses:
    """`recall` and `loss`, shape (oversamplings, queries): see `measure`; `candidates` is their k."""

    recall: Float64
    loss: Float64
    candidates: int

    def table(self) -> dict[str, dict[str, Any]]:
        """Oversampling -> mean of both with a 95% bootstrap interval over queries."""
        return {
            str(oversampling): {"recall": _interval(recall), "loss": _interval(loss)}
            for oversampling, recall, loss in zip(OVERSAMPLING, self.recall, self.loss, strict=True)
        }


def stored_codes(generation: Generation, index: ExactIndex) -> VectorFiles:
    """The codes that the store holds of the rows that `index` has exactly, in memory."""
    places = [(generation.segments[segment].vectors, rows) for segment, rows in enumerate(index.rows)]
    return VectorFiles(
        np.concatenate([vectors.binary[rows] for vectors, rows in places]),
        np.concatenate([vectors.int8[rows] for vectors, rows in places]),
        np.concatenate([vectors.scale[rows] for vectors, rows in places]),
    )


def measure(exact: ExactIndex, codes: VectorFiles, queries: Mapping[str, Float32], qrels: Qrels | None) -> Losses:
    """Search `codes` and the exact vectors of the same rows for each query's vector (d,).

    recall: the share of the exact first 100 rows among the first 100 found (also called overlap).
    loss: of nDCG@10, by judgements of documents where there are any; else by ranks, the exact first ten having the
    grades 10 to 1, which is stricter: it counts each pair of neighbours that changed places.
    """
    k = min(CANDIDATES, codes.rows)
    scan = SCANS[settings().scan]
    recall = np.zeros((len(OVERSAMPLING), len(queries)))
    loss = np.zeros_like(recall)
    for column, (name, query) in enumerate(queries.items()):
        truth = search_exact(exact.vectors, query, k)[0].tolist()
        for line, oversampling in enumerate(OVERSAMPLING):
            hits = search_dense([codes], query, k, oversampling=oversampling, allowed=[None], scan=scan)
            found = [row.row for row, _ in hits]
            recall[line, column] = len(set(found) & set(truth)) / k
            loss[line, column] = (
                _by_ranks(truth, found)
                if qrels is None
                else _judged(exact.documents, truth, qrels[name]) - _judged(exact.documents, found, qrels[name])
            )
    return Losses(recall, loss, k)


def constant_bits(codes: Codes) -> float:
    """The share of the bits of codes (n, d/8) that nearly all rows have alike."""
    set_share = np.unpackbits(codes, axis=1).mean(axis=0)
    return float(np.mean(np.minimum(set_share, 1.0 - set_share) < CONSTANT))


def _by_ranks(truth: Sequence[int], found: Sequence[int]) -> float:
    grades = {str(row): DEPTH - rank for rank, row in enumerate(truth[:DEPTH])}
    return 1.0 - ndcg([str(row) for row in found], grades)


def _judged(documents: Sequence[str], rows: Sequence[int], grades: Mapping[str, int]) -> float:
    return ndcg(list(dict.fromkeys(documents[row] for row in rows)), grades)


def _interval(values: Float64) -> dict[str, float]:
    low, high = bootstrap_interval(values)
    return {"mean": round(float(values.mean()), 6), "low": round(low, 6), "high": round(high, 6)}
