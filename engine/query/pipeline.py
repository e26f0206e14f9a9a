"""The query path, top to bottom: parse, mask, retrieve, fuse, count, rerank, calibrate, sort, page, highlight."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from engine.errors import GenerationExpired, ModelMismatch, UsageError
from engine.lexical.analysis import ANALYSER_VERSION
from engine.lexical.search import query_terms
from engine.probability.calibration import Calibration
from engine.probability.gate import Gate
from engine.protocols import Encoder, Reranker
from engine.query.alike.diversity import diversified
from engine.query.alike.folding import fold
from engine.query.curated.boosts import boosted
from engine.query.curated.pins import pinned_first
from engine.query.cursor import Cursor, read_cursor
from engine.query.exact import holds_all
from engine.query.facets import count_facets, matched_rows
from engine.query.frozen import Entry, frozen
from engine.query.legs import NOTHING, Retrieved, representatives
from engine.query.paging import Pager
from engine.query.passages.second_reading import read_again
from engine.query.ranking import Ranking
from engine.query.relevance import LIKELY, lexical_limit, relevance, says_nothing
from engine.query.request import Request, Sort
from engine.query.reranking import Reranking
from engine.query.retrieval import Retrieval, asks_nothing
from engine.query.sorting import check_sort, sort_entries
from engine.query.state import Search
from engine.query.timing import Timings
from engine.query.why_not import Explainer
from engine.recipe import Recipe
from engine.rerank.memory import RerankScore
from engine.store.generation import Generation
from engine.text.language import is_elsewhere
from engine.types import FacetCount, Hit, RowId, SearchResult

__all__ = ["Request", "Searcher", "Sort"]

log = logging.getLogger(__name__)


class Searcher:
    """Searches one pinned generation with one pair of models. Safe under threads."""

    explainer: type[Explainer] = Explainer  # of `why_not`

    def __init__(
        self,
        generation: Generation,
        encoder: Encoder,
        reranker: Reranker | None,
        recipe: Recipe | None = None,
        calibration: Calibration | None = None,
        gate: Gate | None = None,
    ) -> None:
        """`recipe` overrides the collection's own; `calibration` and `gate` are for these models
        (engine/query/relevance.py).

        ModelMismatch unless `encoder` is the one that made the index.
        """
        wrong = generation.manifest.query_fingerprint.differences(encoder.fingerprint)
        if wrong:
            raise ModelMismatch(
                f"Collection {generation.manifest.collection!r} was indexed with another encoder, or as another "
                f"version of Winnow served it ({generation.manifest.models['encoder']}): {', '.join(wrong)} differ.",
                "Search with the encoder it was indexed with, or replace its vectors with `winnow reembed`.",
            )
        self.generation = generation
        self.encoder = encoder
        self.reranker = reranker
        self.recipe = recipe or generation.manifest.recipe
        self.calibration = calibration
        self.gate = gate
        self._pager = Pager(generation, self.recipe, encoder.tokens)

    def search(self, request: Request) -> SearchResult:
        """The best `request.k` hits. InvalidQuery for an empty query, UsageError for what makes no sense."""
        with self.generation.damage_reported():
            search = self._begin(request)
            self._reranking.rerank(search, self._deadline(search))
            return self._answer(search)

    def search_in_stages(self, request: Request) -> Iterator[SearchResult]:
        """The fused answer as soon as it is there, then the reranked one; one answer where nothing is reranked.

        Only the last one has a cursor and an answer to `why_not`.
        """
        with self.generation.damage_reported():
            search = self._begin(request)
            first = replace(search, request=replace(request, pageable=False, why_not=None))
            fused = self._answer(first) if search.reranks else None
        if fused is not None:
            yield fused
        with self.generation.damage_reported():
            self._reranking.rerank(search, self._deadline(search))
            last = self._answer(search)
        yield last

    def page(self, cursor: str, k: int | None = None) -> SearchResult:
        """The next `k` hits (as many as before unless given) of a search that was `pageable`.

        InvalidCursor; GenerationExpired if the search was made in another generation than this one.
        """
        if k is not None and k < 1:
            raise UsageError(f"k must be at least 1, not {k}.")
        timings = Timings()
        packed = read_cursor(cursor)
        if packed.generation != self.generation.number:
            raise GenerationExpired(
                f"The search was made in generation {packed.generation}; this is {self.generation.number}.",
                "Search again: the answer comes from the current generation.",
            )
        left = packed.unpack(self.generation, self.recipe)
        with self.generation.damage_reported(), timings.stage("page"):
            left = replace(left, k=k or left.k)
            hits = self._pager.hits(left, self._revisited(left))
        return SearchResult(
            query=left.query,
            hits=hits,
            candidates=left.candidates,
            timings_ms=timings.so_far(),
            generation=self.generation.number,
            cursor=self._pager.next(left),
            dense_coverage=self.generation.manifest.dense_coverage,
            began_ms=timings.began_ms,
        )

    def rank(self, request: Request) -> Ranking:
        """Every stage's whole list, without texts: what `search` pages from."""
        with self.generation.damage_reported():
            search = self._begin(request)
            self._reranking.rerank(search, self._deadline(search))
            return search.ranking()

    def retrieve(self, request: Request, timings: Timings | None = None) -> Retrieved:
        """The first half of the path: what both legs find."""
        request.check()
        return self.retrieval.retrieve(request, request.recipe(self.recipe), timings or Timings())

    def judge(self, query: str, rows: Sequence[RowId], degraded: list[str]) -> list[RerankScore] | None:
        """The reranker's scores of passages, in order; None, with the reason in `degraded`, where it fails."""
        return self._reranking.judge(query, rows, degraded)

    @property
    def retrieval(self) -> Retrieval:
        return Retrieval(self.generation, self.encoder)

    @property
    def _reranking(self) -> Reranking:
        return Reranking(self.generation, self.reranker)

    def _begin(self, request: Request) -> Search:
        """Everything before reranking."""
        arrived = time.monotonic() if request.arrived is None else request.arrived
        self._check(request)
        recipe, timings = request.recipe(self.recipe), Timings()
        search = Search(request, recipe, timings, arrived, self.retrieval.retrieve(request, recipe, timings))
        found = search.found
        with timings.stage("fusion"):
            search.stages = {
                "lexical": found.lexical.scored,
                "dense": found.dense.scored,
                "fusion": found.fused(recipe),
            }
            rows = representatives(found.lexical, found.dense)
            search.rows = found.exact.passages(rows) if found.query.terms else self.retrieval.beginnings(rows, request)
        if request.pageable or request.sort:
            with timings.stage("deeper"):
                search.tail = self.retrieval.deeper(search)
        if request.facets:
            with timings.stage("facets"):
                search.facets = self.facets(search)
        search.degraded += self._shortcomings(request, found)
        search.reranks = self._reranking.applies(search)
        if self.calibration or self.gate:
            search.lexical_limit = lexical_limit(found.query, self.generation.statistics, recipe)
        return search

    def _answer(self, search: Search) -> SearchResult:
        request, ranking, timings = search.request, search.ranking(), search.timings
        with timings.stage("page"):
            entries = self._entries(search, ranking)
            ranking = replace(ranking, boosts=search.boosts)
        with timings.stage("second_reading"):
            ranking, entries = self._read_again(search, ranking, entries)
        with timings.stage("page"):
            here = self._here(search, entries)
            hits = self._pager.hits(here, search.found, ranking)
            cursor = self._pager.next(here) if request.pageable else None
        why_not = None
        if request.why_not is not None:
            made = search.found, ranking, entries, search.recipe
            why_not = self.explainer(self.generation, request, *made).explain(request.why_not)
        return SearchResult(
            query=request.query,
            hits=hits,
            reading=search.found.query_reading,
            candidates=len(ranking.rows),
            generation=self.generation.number,
            degraded=(*ranking.degraded, *self._doubts(search, ranking, hits)),
            scored=len(ranking.judged),
            facets=search.facets,
            why_not=why_not,
            cursor=cursor,
            dense_coverage=self.generation.manifest.dense_coverage,
            models=search.models(self.generation.manifest.models["encoder"], self.reranker),
            rankings=ranking.stages if request.rankings else {},
            balance=search.found.balance(search.recipe),
            began_ms=timings.began_ms,
            timings_ms=timings.so_far(),  # the last, so that the total is of all this
        )

    def _read_again(self, search: Search, ranking: Ranking, entries: list[Entry]) -> tuple[Ranking, list[Entry]]:
        """The best passages of the first hits, where there is a reranker and time for it. Where it fails, the answer is
        no worse for it, and not degraded: its hits are reranked.
        """
        found, deadline = search.found, self._deadline(search)
        return read_again(
            search,
            ranking,
            entries,
            lambda rows: self.retrieval.rivals(rows, found, search.recipe),
            lambda rows: self._reranking.judge(found.query.text, rows, [], deadline),
        )

    def _entries(self, search: Search, ranking: Ranking) -> list[Entry]:
        """The frozen ranking in the order of the request, near-duplicates folded where it wants that."""
        entries = self._ordered(search, ranking)
        if search.request.collapse != "near":
            return entries
        with search.timings.stage("near_duplicates"):
            terms = frozenset(chain.from_iterable(query_terms(search.found.query, self.generation.statistics)))
            folded = fold(self.generation, entries, terms)
            if len(folded) < search.request.k <= len(entries) and not search.tail:  # others may lie deeper
                search.tail = self.retrieval.deeper(search)
                folded = fold(self.generation, self._ordered(search, replace(ranking, tail=search.tail)), terms)
        return folded

    def _ordered(self, search: Search, ranking: Ranking) -> list[Entry]:
        request = search.request
        entries = frozen(ranking, self._relevance(search, ranking), request.min_relevance)
        if request.sort:
            return sort_entries(self.generation, entries, request.sort)
        entries, search.boosts = boosted(self.generation, ranking, search.found.exact, entries)
        entries = diversified(self.generation, entries, request.diversity)
        entries, search.pinned = pinned_first(self.generation, request, search.found, search.recipe, entries)
        return entries

    def _check(self, request: Request) -> None:
        request.check()
        check_sort(self.generation, request.sort)
        if request.min_relevance is None:
            return
        if self.calibration is None:
            name = "A single document" if self.generation.is_private else f"{self.generation.manifest.collection!r}"
            raise UsageError(
                f"{name} has no calibration for these models, so its hits have no relevance that could be compared.",
                self._uncalibrated(),
            )
        reranks = self.calibration.reranker is not None
        if request.mode != "hybrid" or request.rerank or (reranks and request.rerank_depth == 0):
            raise UsageError(
                "Relevance is calibrated for hybrid search with the recipe's reranking.",
                "Leave out mode, rerank and rerank_depth, or search without min_relevance.",
            )

    def _uncalibrated(self) -> str:
        """Advice where hits have no relevance."""
        evidence = self.generation.manifest.evidence
        if self.generation.is_private:  # nobody can tune what is kept for one question
            return "Search with the models that are chosen where none is named, or without min_relevance."
        if evidence is None:
            return "Run `winnow tune` with judged queries, or search without min_relevance."
        return (
            f"Its recipe was tuned with {evidence['queries']} {evidence['origin']} queries, from which no relevance "
            "could be learnt: run `winnow tune` with 50 judged queries or more, go back to the untuned recipe by "
            "`winnow tune --reset`, or search without min_relevance."
        )

    def facets(self, search: Search) -> dict[str, tuple[FacetCount, ...]]:
        found = search.found
        legs = (found.lexical, found.dense)
        matched = matched_rows(self.generation, found.masks, found.query, search.recipe, found.mode != "dense", legs)
        return count_facets(self.generation, search.request.facets, matched)

    def _deadline(self, search: Search) -> float | None:
        """When reranking must stop, so that the page is ready in time."""
        if search.request.budget_ms is None:
            return None
        return search.arrived + search.request.budget_ms / 1000.0 - self._pager.pace.seconds(search.request.k)

    def _shortcomings(self, request: Request, found: Retrieved) -> list[str]:
        """Reasons, known before reranking, why the answer is not all that was asked for."""
        query, degraded = found.query, []
        if found.overloaded:
            degraded.append("dense:overloaded")
        elif found.mode != request.mode:
            degraded.append("dense:language")
        if is_elsewhere(query.text, self.generation.languages):
            degraded.append("query:language")
        if self.generation.manifest.index_fingerprint.analyser != ANALYSER_VERSION:
            degraded.append("lexical:analyser")  # documents were analysed by another version than the query is
        degraded += query.notes
        if asks_nothing(request, query):
            degraded.append("query:nothing")
        if found.vector is not None and self.encoder.tokens.count([query.text])[0] > self.encoder.max_tokens:
            degraded.append("query:truncated")
        return degraded

    def _doubts(self, search: Search, ranking: Ranking, hits: Sequence[Hit]) -> list[str]:
        """Reasons against the answer that the ranking itself gives, unless a hit is more likely relevant than not. The
        gate was fitted to questions: it is not asked where a hit holds the one word that is looked for.
        """
        if self.gate is None or any((hit.relevance or 0.0) >= LIKELY for hit in hits):
            return []
        if any(holds_all(search.found.query.plain, hit.document.title, hit.chunk) for hit in hits):
            return []
        return ["query:unanswered"] if says_nothing(self.gate, ranking) else []

    def _relevance(self, search: Search, ranking: Ranking) -> dict[str, float]:
        """Key -> relevance; empty without a calibration, where a score that it reads is not there, and where hits
        are what the query demands by a phrase, a title or a filter, however poor their scores.
        """
        calibration, query = self.calibration, search.found.query
        tuned = search.found.mode == "hybrid" and search.request.rerank is None
        if calibration is None or not tuned or query.required or not query.terms:
            return {}
        if calibration.reranker is not None and not ranking.judged:
            return {}
        return relevance(calibration, ranking)

    def _here(self, search: Search, entries: Sequence[Entry]) -> Cursor:
        """Before the first page."""
        request = search.request
        return Cursor(
            collection=self.generation.manifest.uuid,
            generation=self.generation.number,
            recipe=self.recipe.digest,
            query=request.query if search.found.reading is None else search.found.reading.text,
            k=request.k,
            position=0,
            candidates=len(search.rows),
            collapse=bool(request.collapse),
            inner_hits=request.inner_hits,
            context=request.context,
            highlight=request.highlight,
            mode=search.found.mode,
            pinned=sum(entry.row in search.pinned for entry in entries),
            rest=tuple(entries),
        )

    def _revisited(self, left: Cursor) -> Retrieved:
        """Facts of the query that a later page needs: nothing is searched again."""
        query = self.retrieval.parse(left.query)
        vector = self.retrieval.encode(query) if left.inner_hits and left.mode != "lexical" else None
        return Retrieved(query, NOTHING, NOTHING, (), left.mode, vector)
