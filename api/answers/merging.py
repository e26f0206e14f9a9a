"""Hits of several collections in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.types import Hit, SearchResult

MergedBy = Literal["relevance", "score"]


@dataclass(frozen=True, slots=True)
class LabelledHit:
    """A hit with the collection that it comes from, its score there scaled to [0, 1], and its rank among all."""

    collection: str
    hit: Hit
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class MergedResult:
    """Hits of several collections in one order, which `merged_by` explains; each collection's own result beside it."""

    hits: tuple[LabelledHit, ...]
    merged_by: MergedBy
    results: dict[str, SearchResult]


def merge(results: Mapping[str, SearchResult], k: int) -> MergedResult:
    """The best `k` hits of several collections, as `Searching.search_many` orders them."""
    known = all(hit.relevance is not None for result in results.values() for hit in result.hits)
    merged_by: MergedBy = "relevance" if known else "score"
    labelled = [
        (hit.relevance if known and hit.relevance is not None else score, name, hit, score)
        for name, result in results.items()
        for hit, score in zip(result.hits, _scaled([hit.score for hit in result.hits]), strict=True)
    ]
    labelled.sort(key=lambda entry: -entry[0])  # stable: ties keep the order of the collections and the ranks
    hits = tuple(
        LabelledHit(name, hit, score, rank) for rank, (_, name, hit, score) in enumerate(labelled[:k], start=1)
    )
    return MergedResult(hits, merged_by, dict(results))


def _scaled(scores: Sequence[float]) -> list[float]:
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]
