"""The query path, top to bottom: parse, mask, retrieve, fuse, count, rerank, calibrate, sort, page, highlight."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from engine.calibration import Calibration
from engine.context import context, with_context
from engine.cursor import Cursor, read_cursor
from engine.errors import GenerationExpired, ModelMismatch, Overloaded, UsageError
from engine.facets import count_facets, matched_rows
from engine.filters import And, Filter, Not, field_filter
from engine.frozen import DEPTH, Entry, deeper, frozen
from engine.language import is_outside
from engine.legs import NOTHING, Leg, Retrieved, Retriever, representatives
from engine.lexical.analysis import ANALYSER_VERSION
from engine.lexical.query import LexicalQuery, parse_query
from engine.lexical.search import constraint_mask
from engine.order import reorder
from engine.paging import Pager
from engine.protocols import Encoder, Reranker
from engine.ranking import Ranking
from engine.recipe import Recipe
from engine.relevance import lexical_limit, standings
from engine.request import Mode, Request, Sort
from engine.rerank.judging import judge
from engine.rerank.memory import Verdict
from engine.search import Search
from engine.settings import settings
from engine.sorting import check_sort, sort_entries
from engine.store.generation import Generation
from engine.timing import Timings
from engine.types import FacetCount, Float32, Passage, RowId, RowMask, SearchResult
from engine.vectors.search import SCANS
from engine.why_not import Inquiry

__all__ = ["Request", "Searcher", "Sort"]

log = logging.getLogger(__name__)


class Searcher:
    """Searches one pinned generation with one pair of models. Safe under threads."""

    def __init__(
        self,
        generation: Generation,
        encoder: Encoder,
        reranker: Reranker | None,
        recipe: Recipe | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """`recipe` overrides the collection's own; `calibration` is for these models (engine/relevance.py).

        ModelMismatch unless `encoder` is the one that made the index.
        """
        wrong = generation.manifest.query_fingerprint.differences(encoder.fingerprint)
        if wrong:
            raise ModelMismatch(
                f"Collection {generation.manifest.collection!r} was indexed with another encoder "
                f"({generation.manifest.models['encoder']}): {', '.join(wrong)} differ.",
                "Search with the encoder it was indexed with, or ingest into a new collection with this one.",
            )
        self.generation = generation
        self.encoder = encoder
        self.reranker = reranker
        self.recipe = recipe or generation.manifest.recipe
        self.calibration = calibration
        self._pager = Pager(generation, self.recipe)

    def search(self, request: Request) -> SearchResult:
        """The best `request.k` hits. InvalidQuery for an empty query, UsageError for what makes no sense."""
        search = self._begin(request)
        self._rerank(search)
        return self._answer(search)

    def search_in_stages(self, request: Request) -> Iterator[SearchResult]:
        """The fused answer as soon as it is there, then the reranked one; one answer where nothing is reranked.

        Only the last one has a cursor and an answer to `why_not`.
        """
        search = self._begin(request)
        if search.reranks:
            yield self._answer(replace(search, request=replace(request, pageable=False, why_not=None)))
            self._rerank(search)
        yield self._answer(search)

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
        with timings.stage("page"):
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
        search = self._begin(request)
        self._rerank(search)
        return search.ranking()

    def retrieve(self, request: Request, timings: Timings | None = None) -> Retrieved:
        """The first half of the path: what both legs find."""
        request.check()
        timings, recipe = timings or Timings(), request.recipe(self.recipe)
        with timings.stage("parse"):
            query = self._parse(request.query)
            masks = self._masks(query, request.filter)
            mode = self._mode(request, query)
        wanted = max(recipe.candidates, min(request.k, self.generation.manifest.living.chunks))
        retriever = Retriever(self.generation, masks, recipe, wanted, request.by_document)
        return self._retrieve(retriever, query, mode, timings)

    def _begin(self, request: Request) -> Search:
        """Everything before reranking."""
        arrived = time.monotonic() if request.arrived is None else request.arrived
        self._check(request)
        recipe, timings = request.recipe(self.recipe), Timings()
        search = Search(request, recipe, timings, arrived, self.retrieve(request, timings))
        found = search.found
        with timings.stage("fusion"):
            search.stages = {
                "lexical": found.lexical.scored,
                "dense": found.dense.scored,
                "fusion": found.fused(recipe),
            }
            search.rows = representatives(found.lexical, found.dense)
        if request.pageable or request.sort:
            with timings.stage("deeper"):
                search.tail = self._deeper(search)
        if request.facets:
            with timings.stage("facets"):
                search.facets = self._facets(search)
        search.degraded += self._shortcomings(request, found)
        search.reranks = self._reranks(search)
        if self.calibration:
            search.lexical_limit = lexical_limit(found.query, self.generation.statistics, recipe)
        return search

    def _rerank(self, search: Search) -> None:
        fused, recipe = search.stages["fusion"], search.recipe
        if not search.reranks:
            return
        with search.timings.stage("rerank"):
            keys = [key for key, _ in fused[: recipe.rerank_depth]]
            rows = [search.rows[key] for key in keys]
            verdicts = self.judge(search.found.query.text, rows, search.degraded, self._deadline(search))
            if verdicts is None:
                return
            if len(verdicts) < len(keys):
                search.degraded.append("rerank:budget")
            if verdicts:
                search.verdicts = dict(zip(keys, verdicts, strict=False))
                scores = np.array([verdict.score for verdict in verdicts], np.float64)
                codes = self.generation.codes(rows[: len(verdicts)])
                search.stages["rerank"] = reorder(fused, scores, codes, recipe)

    def judge(
        self, query: str, rows: Sequence[RowId], degraded: list[str], deadline: float | None = None
    ) -> list[Verdict] | None:
        """What the reranker says of passages, in order, of as many as it can judge before `deadline`; None, with the
        reason in `degraded`, where it fails or there is none.
        """
        if self.reranker is None:
            return None
        try:
            verdicts = judge(self.reranker, query, [self._passage(row) for row in rows], deadline)
        except Overloaded as error:
            log.info("The reranker has too much to do, the fused order is returned: %s", error)
            degraded.append("rerank:overloaded")
            return None
        except Exception as error:  # whatever a model or its runtime throws, the fused order is a good answer
            details = log.isEnabledFor(logging.INFO)
            log.warning("The reranker failed, the fused order is returned: %s", error, exc_info=details)
            degraded.append("rerank")
            return None
        if any(verdict.cut for verdict in verdicts):
            degraded.append("rerank:truncated")
        return verdicts

    def _answer(self, search: Search) -> SearchResult:
        request, ranking, timings = search.request, search.ranking(), search.timings
        with timings.stage("page"):
            entries = frozen(ranking, self._relevance(search, ranking), request.min_relevance)
            if request.sort:
                entries = sort_entries(self.generation, entries, request.sort)
            here = self._here(search, entries)
            hits = self._pager.hits(here, search.found, ranking)
            cursor = self._pager.next(here) if request.pageable else None
        why_not = None
        if request.why_not is not None:
            inquiry = Inquiry(self.generation, request, search.found, ranking, entries, search.recipe)
            why_not = inquiry.explain(request.why_not)
        return SearchResult(
            query=request.query,
            hits=hits,
            candidates=len(ranking.rows),
            timings_ms=timings.so_far(),
            generation=self.generation.number,
            degraded=ranking.degraded,
            scored=len(ranking.judged),
            facets=search.facets,
            why_not=why_not,
            cursor=cursor,
            dense_coverage=self.generation.manifest.dense_coverage,
            began_ms=timings.began_ms,
            models=search.models(self.generation.manifest.models["encoder"], self.reranker),
            rankings=ranking.stages if request.rankings else {},
        )

    def _check(self, request: Request) -> None:
        request.check()
        check_sort(self.generation, request.sort)
        if request.min_relevance is None:
            return
        if self.calibration is None:
            raise UsageError(
                f"{self.generation.manifest.collection!r} has no calibration for these models, so its hits have no "
                "relevance that could be compared.",
                self._uncalibrated(),
            )
        if request.mode != "hybrid" or (self.calibration.reranker is not None and request.rerank_depth == 0):
            raise UsageError(
                "Relevance is calibrated for hybrid search with the recipe's reranking.",
                "Leave out mode and rerank_depth, or search without a least relevance.",
            )

    def _uncalibrated(self) -> str:
        """What to do where hits have no relevance."""
        evidence = self.generation.manifest.evidence
        if evidence is None:
            return "Run `winnow tune` with judged queries, or search without a least relevance."
        return (
            f"Its recipe was tuned with {evidence['queries']} {evidence['origin']} queries, from which no relevance "
            "could be learnt: run `winnow tune` with 50 judged queries or more, go back to the untuned recipe by "
            "`winnow tune --reset`, or search without a least relevance."
        )

    def _parse(self, query: str) -> LexicalQuery:
        text = query.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # no lone surrogates
        fields = frozenset(self.generation.manifest.metadata_schema)
        return parse_query(text, self.generation.languages, fields)

    def _masks(self, query: LexicalQuery, wanted: Filter | None) -> list[RowMask | None]:
        """The rows that any leg may return: alive, passing every filter, obeying the query's phrases and exclusions."""
        filters: list[Filter] = [field_filter(field, value) for field, value in query.filters]
        filters += [Not(field_filter(field, value)) for field, value in query.excluded_filters]
        if wanted is not None:
            filters.append(wanted)
        masks = self.generation.filter_masks(And(tuple(filters)) if filters else None)
        return [
            _both(mask, constraint_mask(segment.lexical, query))
            for mask, segment in zip(masks, self.generation.segments, strict=True)
        ]

    def _retrieve(
        self, retriever: Retriever, query: LexicalQuery, mode: Mode, timings: Timings, vector: Float32 | None = None
    ) -> Retrieved:
        """The legs that `mode` wants, both at once; each continues until it has enough distinct keys or nothing is
        left. `vector` is the query's embedding where it is known already.
        """

        def lexical() -> Leg:
            with timings.stage("lexical"):
                return retriever.lexical(query)

        if mode == "lexical":
            return Retrieved(query, lexical(), NOTHING, retriever.masks, mode, None)
        with ThreadPoolExecutor(max_workers=1) as pool:
            other = pool.submit(lexical) if mode == "hybrid" else None
            if vector is None:
                with timings.stage("encode"):
                    vector = self._encode(query)
            with timings.stage("dense"):
                dense = retriever.dense(vector, SCANS[settings().scan])
            return Retrieved(query, other.result() if other else NOTHING, dense, retriever.masks, mode, vector)

    def _deeper(self, search: Search) -> dict[str, RowId]:
        """What the legs find beyond the candidates."""
        found, recipe = search.found, search.recipe
        wanted = max(recipe.candidates, search.request.k)
        if max(len(found.lexical.keys), len(found.dense.keys)) < wanted or len(search.rows) >= DEPTH:
            return {}
        retriever = Retriever(self.generation, found.masks, recipe, DEPTH, search.request.by_document)
        more = self._retrieve(retriever, found.query, found.mode, Timings(), found.vector)
        fused = more.fused(recipe)
        return deeper(search.rows, more.lexical, more.dense, [key for key, _ in fused])

    def _facets(self, search: Search) -> dict[str, tuple[FacetCount, ...]]:
        found = search.found
        legs = (found.lexical, found.dense)
        matched = matched_rows(self.generation, found.masks, found.query, search.recipe, found.mode != "dense", legs)
        return count_facets(self.generation, search.request.facets, matched)

    def _reranks(self, search: Search) -> bool:
        """Whether there is anything to rerank, and a reranker that can."""
        if not search.stages["fusion"]:
            return False
        if self.reranker is None or search.recipe.rerank == "none":
            if search.request.rerank_depth:
                search.degraded.append("rerank:unavailable")
            return False
        if self._foreign(self.reranker, search.found.query):
            search.degraded.append("rerank:language")
            return False
        return True

    def _deadline(self, search: Search) -> float | None:
        """When reranking must stop, so that the page is ready in time."""
        if search.request.budget_ms is None:
            return None
        return search.arrived + search.request.budget_ms / 1000.0 - self._pager.pace.seconds(search.request.k)

    def _mode(self, request: Request, query: LexicalQuery) -> Mode:
        """The dense leg steps aside where the encoder does not know the query's language, unless it was asked for."""
        return "lexical" if request.mode == "hybrid" and self._foreign(self.encoder, query) else request.mode

    def _foreign(self, model: Encoder | Reranker, query: LexicalQuery) -> bool:
        languages = model.languages
        return languages is not None and is_outside(query.text, languages, self.generation.languages)

    def _shortcomings(self, request: Request, found: Retrieved) -> list[str]:
        """What is known before reranking to keep the answer from being what was asked for."""
        query, degraded = found.query, []
        if found.mode != request.mode:
            degraded.append("dense:language")
        if self.generation.manifest.index_fingerprint.analyser != ANALYSER_VERSION:
            degraded.append("lexical:analyser")  # documents were analysed by another version than the query is
        degraded += query.notes
        if found.vector is not None and self.encoder.tokens.count([query.text])[0] > self.encoder.max_tokens:
            degraded.append("query:truncated")
        return degraded

    def _relevance(self, search: Search, ranking: Ranking) -> dict[str, float]:
        """Key -> relevance; empty without a calibration, and where a score that it reads is not there."""
        keys = [key for key, _ in ranking.stages[ranking.final]]
        calibration = self.calibration
        if calibration is None or not keys or search.found.mode != "hybrid":
            return {}
        if calibration.reranker is not None and not ranking.judged:
            return {}
        return dict(zip(keys, calibration.probability(standings(ranking, keys)).tolist(), strict=True))

    def _here(self, search: Search, entries: Sequence[Entry]) -> Cursor:
        """Before the first page."""
        request = search.request
        return Cursor(
            collection=self.generation.manifest.uuid,
            generation=self.generation.number,
            recipe=self.recipe.digest,
            query=request.query,
            k=request.k,
            position=0,
            candidates=len(search.rows),
            by_document=request.by_document,
            inner_hits=request.inner_hits,
            highlight=request.highlight,
            mode=search.found.mode,
            rest=tuple(entries),
        )

    def _revisited(self, left: Cursor) -> Retrieved:
        """What a later page needs to know of its query: nothing is searched again."""
        query = self._parse(left.query)
        vector = self._encode(query) if left.inner_hits and left.mode != "lexical" else None
        return Retrieved(query, NOTHING, NOTHING, (), left.mode, vector)

    def _encode(self, query: LexicalQuery) -> Float32:
        vector: Float32 = self.encoder.encode([query.text], role="query")[0]
        return vector

    def _passage(self, row: RowId) -> Passage:
        title, chunk = self.generation.passage(row)
        text = with_context(context(title, chunk.headings), chunk.text)
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return Passage(text, digest, len(text) - len(chunk.text))


def _both(first: RowMask | None, second: RowMask | None) -> RowMask | None:
    if first is None or second is None:
        return first if second is None else second
    return first & second
