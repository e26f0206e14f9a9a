"""Searching collections: one or several, page by page, or in stages."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace

from api.answers.merging import MergedResult, merge
from api.request.deadline import deadline_of
from api.request.record import note_search
from api.service.readers import Readers
from api.service.turns import Turns
from engine.collection import Collection
from engine.errors import InvalidCursor, UsageError
from engine.models.remote.address import is_address
from engine.query.cursor import read_cursor
from engine.query.request import Request
from engine.types import FacetCount, SearchResult

# Seconds after its arrival by which a search is to be answered, by the fused order if there is no time for more; and in
# which its reranking may begin however long the turns before it took.
LATEST, PATIENCE = 4.5, 2.0


class Searching:
    """Searches the collections of a home, those that came first before the others."""

    def __init__(self, readers: Readers, turns: Turns) -> None:
        self._readers = readers
        self._turns = turns

    def search(self, collection: str, request: Request) -> SearchResult:
        """Search one collection. CollectionNotFound, and all that `Searcher.search` raises."""
        request = self._patient(request) if self._turns.busy else request
        with self._in_turn(collection) as opened, deadline_of(request):
            result = opened.searcher.search(request)
        note_search(collection, result)
        return result

    def facets(self, collection: str, request: Request) -> Mapping[str, tuple[FacetCount, ...]]:
        """The counts that a search asks for, alone: nothing is reranked, and no search is noted."""
        counting = replace(request, k=1, rerank_depth=0, rerank=None, inner_hits=0, why_not=None, pageable=False)
        with self._in_turn(collection) as opened, deadline_of(counting):
            return opened.searcher.search(counting).facets

    def stages(self, collection: str, request: Request) -> Iterator[SearchResult]:
        """The fused answer first, then the reranked one, both of one generation."""
        request = self._patient(request) if self._turns.busy else request
        with self._readers.open(collection) as opened:
            results, last = opened.searcher.search_in_stages(request), None
            while True:
                # Not around a yield: each step may run in another thread's context, and a slow client keep its turn.
                with self._turn(opened), deadline_of(request):
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
        with self._in_turn(collection, packed.generation) as opened:
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

        By relevance, since a probability means the same everywhere. Where a collection's models have no calibration,
        the share of the question's words that a hit holds, squared, takes its place: scores of other models, or scaled
        within a collection, say nothing of how the collections compare. Ties by rank, then by the order of
        `collections`.
        """
        if len(set(collections)) != len(collections):
            raise UsageError("A collection is named twice.", "Name each once.")
        return merge({name: self.search(name, request) for name in collections}, request.k)

    @contextmanager
    def _in_turn(self, collection: str, generation: int | None = None) -> Iterator[Collection]:
        """The collection as it was when the request came, opened; and a turn."""
        with self._readers.open(collection, generation) as opened, self._turn(opened):
            yield opened

    def _turn(self, opened: Collection) -> AbstractContextManager[None]:
        """A turn where this machine computes: who only waits for others may do so beside them."""
        models = opened.generation.manifest.models.values()
        elsewhere = self._readers.is_clustered or any(name is not None and is_address(name) for name in models)
        return nullcontext() if elsewhere else self._turns.one()

    def _patient(self, request: Request) -> Request:
        """A request that others are before, whose answer is better given without reranking than much too late."""
        arrived = time.monotonic() if request.arrived is None else request.arrived
        return replace(request, arrived=arrived, rerank_by=arrived + max(LATEST - self._turns.longest, PATIENCE))
