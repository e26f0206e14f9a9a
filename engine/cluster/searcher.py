"""The query path of a cluster: the pipeline of one machine over rows that lie in shards.

A search sees the same shards from its beginning to its end. Where one fails, the search is made again without it: no
answer mixes what a shard said with what it could not say any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from engine.cluster.generation import ClusterGeneration, Known
from engine.cluster.retrieval import ClusterRetrieval
from engine.cluster.scope import Scope
from engine.cluster.session import Places, Session, ShardFailed, Shards, incomplete
from engine.collection import Collection, searcher_of
from engine.filters import field_type
from engine.metadata.values import Value
from engine.probability.calibration import Calibration
from engine.probability.gate import Gate
from engine.protocols import Encoder, ModelSource, Reranker, TokenCounter
from engine.query.facets import most_frequent
from engine.query.frozen import Entry
from engine.query.legs import Retrieved
from engine.query.paging import Pager
from engine.query.passages.second_reading import HITS, reads_again
from engine.query.pipeline import Searcher
from engine.query.ranking import Ranking
from engine.query.request import Request
from engine.query.retrieval import Retrieval
from engine.query.state import Search
from engine.query.timing import Timings
from engine.query.why_not import Explainer
from engine.recipe import Recipe
from engine.rerank.memory import RerankScore
from engine.store.generation import Generation
from engine.types import Chunk, FacetCount, RowId, SearchResult

Made = TypeVar("Made")

_FOLDED = 2  # of the first hits, that near-duplicates may be folded into others: what follows takes their places


@dataclass(frozen=True, slots=True)
class Cluster:
    """A published generation that is being served: what is known of it here, and its shards."""

    known: Known
    places: Places
    shards: Shards


class ClusterSearcher(Searcher):
    """Searches a cluster. Safe under threads."""

    def __init__(
        self,
        cluster: Cluster,
        encoder: Encoder,
        reranker: Reranker | None,
        recipe: Recipe | None = None,
        calibration: Calibration | None = None,
        gate: Gate | None = None,
    ) -> None:
        """Arguments as those of `Searcher`. ModelMismatch."""
        super().__init__(cluster.known.shell, encoder, reranker, recipe, calibration, gate)
        self._cluster = cluster

    def search(self, request: Request) -> SearchResult:
        return next(self._attempts(request, lambda searcher: iter([searcher.search(request)])))

    def search_in_stages(self, request: Request) -> Iterator[SearchResult]:
        yield from self._attempts(request, lambda searcher: searcher.search_in_stages(request))

    def page(self, cursor: str, k: int | None = None) -> SearchResult:
        """The next hits. Incomplete where a shard that has some of them does not answer."""
        return self._complete(lambda searcher: searcher.page(cursor, k))

    def rank(self, request: Request) -> Ranking:
        return self._complete(lambda searcher: searcher.rank(request))

    def retrieve(self, request: Request, timings: Timings | None = None) -> Retrieved:
        return self._complete(lambda searcher: searcher.retrieve(request, timings))

    def judge(self, query: str, rows: Sequence[RowId], degraded: list[str]) -> list[RerankScore] | None:
        return self._complete(lambda searcher: searcher.judge(query, rows, degraded))

    def generation_for(self, failed: frozenset[int] = frozenset()) -> ClusterGeneration:
        """The generation as one request sees it that does without the failed shards."""
        return ClusterGeneration(self._cluster.known, Session(self._cluster.shards, self._cluster.places, failed))

    def whole_generation(self) -> ClusterGeneration:
        """The generation as a request beside searches sees it: Incomplete where a shard gives no answer."""
        complete = Session(self._cluster.shards, self._cluster.places).complete()
        return ClusterGeneration(self._cluster.known, complete)

    def _attempts(
        self, request: Request, run: Callable[[_Searching], Iterator[SearchResult]]
    ) -> Iterator[SearchResult]:
        """The answers of a search that is made again without the shards that failed it."""
        failed, given = dict[int, str](), 0
        while True:
            try:
                for number, result in enumerate(run(self._searching(frozenset(failed)))):
                    if number >= given:
                        given += 1
                        yield _partial(result, failed)
                return
            except ShardFailed as error:
                again = error.shard in failed
                failed[error.shard] = error.code
                if request.require_complete or again or len(failed) == self._cluster.shards.count:
                    raise incomplete(error) from error

    def _complete(self, run: Callable[[_Searching], Made]) -> Made:
        try:
            return run(self._searching(frozenset()))
        except ShardFailed as error:
            raise incomplete(error) from error

    def _searching(self, failed: frozenset[int]) -> _Searching:
        generation = self.generation_for(failed)
        return _Searching(generation, self.encoder, self.reranker, self.recipe, self.calibration, self.gate)


class ClusterCollection(Collection):
    """A collection that a cluster serves. Each request has a generation of its own, which keeps what it has read."""

    def __init__(self, searcher: ClusterSearcher) -> None:
        super().__init__(searcher.generation_for(), searcher)
        self._of_cluster = searcher

    def for_one_request(self) -> Collection:
        return Collection(self._of_cluster.whole_generation(), self.searcher)


def open_served(shell: Generation, cluster: Cluster, models: ModelSource) -> ClusterCollection:
    """A generation that a cluster serves, opened for requests, with the models that it names. As `open_collection`."""
    searcher = searcher_of(shell, models, lambda _, *models_and_recipe: ClusterSearcher(cluster, *models_and_recipe))
    assert isinstance(searcher, ClusterSearcher)  # noqa: S101 - made above
    return ClusterCollection(searcher)


class _ClusterExplainer(Explainer):
    """Says why a document is absent."""

    def obeys(self, rows: Sequence[RowId]) -> bool:
        found = _session(self.generation).at(rows, "obeys", self.found.query, bool(self.request.collapse))
        return any(answer for _, _, answer in found)


def _session(generation: Generation) -> Session:
    assert isinstance(generation, ClusterGeneration)  # noqa: S101 - a cluster's searcher has no other
    return generation.session


class _Searching(Searcher):
    """One search."""

    explainer = _ClusterExplainer

    def __init__(
        self,
        generation: ClusterGeneration,
        encoder: Encoder,
        reranker: Reranker | None,
        recipe: Recipe,
        calibration: Calibration | None,
        gate: Gate | None,
    ) -> None:
        super().__init__(generation, encoder, reranker, recipe, calibration, gate)
        self._of_cluster = generation
        self._pager = _ClusterPager(generation, self.recipe, encoder.tokens)

    @property
    def retrieval(self) -> Retrieval:
        return ClusterRetrieval(self._of_cluster, self.encoder, self._of_cluster)

    def _begin(self, request: Request) -> Search:
        search = super()._begin(request)
        self._of_cluster.foresee("codes", list(search.rows.values()))
        return search

    def _ordered(self, search: Search, ranking: Ranking) -> list[Entry]:
        entries = super()._ordered(search, ranking)
        page = [entry.row for entry in entries[: search.request.k + _FOLDED]]
        self._of_cluster.foresee("documents", page)
        if reads_again(search):
            found, first = search.found, page[: HITS + _FOLDED]
            self._of_cluster.foresee("rivals", first, found.masks, search.recipe, found.vector)
        return entries

    def facets(self, search: Search) -> dict[str, tuple[FacetCount, ...]]:
        found, fields = search.found, search.request.facets
        for field in fields:
            field_type(field, self.generation.manifest.metadata_schema)
        session, lexical = self._of_cluster.session, found.mode != "dense"
        listed: dict[int, list[RowId]] = {shard: [] for shard in session.answering}
        for row in dict.fromkeys((*found.lexical.rows, *found.dense.rows)):
            shard, own = session.places.part(row)
            listed[shard].append(own)
        asked = {
            shard: ("facets", (found.masks, search.recipe, fields, lexical, rows)) for shard, rows in listed.items()
        }
        counts: dict[str, Counter[Value]] = {field: Counter() for field in fields}
        for answer in session.ask(asked).values():
            for field, counted in answer.items():
                counts[field].update(counted)
        return {field: most_frequent(counted) for field, counted in counts.items()}


class _ClusterPager(Pager):
    def __init__(self, generation: ClusterGeneration, recipe: Recipe, tokens: TokenCounter) -> None:
        super().__init__(generation, recipe, tokens)
        self._of_cluster, self._by = generation, recipe

    def inner(self, found: Retrieved, row: RowId, most: int) -> tuple[Chunk, ...]:
        session = self._of_cluster.session
        shard, own = session.places.part(row)
        scope = Scope.of(found.query, Request("*"), self._of_cluster.statistics)
        inner: tuple[Chunk, ...] = session.of(shard, "inner_hits", scope, self._by, found.mode, found.vector, own, most)
        return inner


def _partial(result: SearchResult, failed: Mapping[int, str]) -> SearchResult:
    if not failed:
        return result
    shards = tuple(sorted(failed))
    reasons, degraded = tuple(failed[shard] for shard in shards), (*result.degraded, "shards")
    return replace(result, partial=True, failed_shards=shards, failed_reasons=reasons, degraded=degraded)
