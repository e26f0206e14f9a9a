"""Searching collections: one or several, page by page, or in stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from api.request.deadline import deadline_of
from api.request.record import note_search
from api.service.readers import Readers
from engine.errors import InvalidCursor, UsageError
from engine.query.cursor import read_cursor
from engine.query.request import Request
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


class Searching:
    """Searches the collections of a home."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def search(self, collection: str, request: Request) -> SearchResult:
        """Search one collection. CollectionNotFound, and all that `Searcher.search` raises."""
        with self._readers.open(collection) as opened, deadline_of(request):
            result = opened.searcher.search(request)
        note_search(collection, result)
        return result

    def stages(self, collection: str, request: Request) -> Iterator[SearchResult]:
        """The fused answer first, then the reranked one, both of one generation."""
        with self._readers.open(collection) as opened:
            results, last = opened.searcher.search_in_stages(request), None
            while True:
                with deadline_of(request):  # not around a yield: each step may run in another thread's context
                    result = next(results, None)
                if result is None:
                    break
                yield (last := result)
        if last is not None:
            note_search(collection, last)

    def page(self, collection: str, cursor: str, k: int | None) -> SearchResult:
        """The next hits of a frozen ranking. InvalidCursor; GenerationExpired."""
        packed = read_cursor(cursor)
        try:
            str(packed.header["query"]).encode()
        except UnicodeEncodeError:  # a lone surrogate, which no answer could repeat
            remedy = "Give the cursor of an answer as it is."
            raise InvalidCursor("This is not a cursor: its query is not text.", remedy) from None
        with self._readers.open(collection, packed.generation) as opened:
            result = opened.searcher.page(cursor, k)
        note_search(collection, result)
        return result

    def version(self, collection: str) -> tuple[str, int, str]:
        """Version of all that an answer depends on beside the request: the collection's UUID, generation and recipe."""
        with self._readers.open(collection) as opened:
            manifest = opened.generation.manifest
            return manifest.uuid, manifest.generation, opened.searcher.recipe.digest

    def search_many(self, collections: Sequence[str], request: Request) -> MergedResult:
        """The best `request.k` hits of all collections.

        By relevance where every hit of every collection has one, since a probability means the same everywhere; else
        by each collection's final score, scaled by its own best and worst hit (min-max), which says how a hit stands
        in its collection and not how the collections compare. Ties by the order of `collections`, then by rank.
        """
        if len(set(collections)) != len(collections):
            raise UsageError("A collection is named twice.", "Name each once.")
        return merge({name: self.search(name, request) for name in collections}, request.k)


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
