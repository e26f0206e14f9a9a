"""The query path, top to bottom: parse, mask, retrieve, fuse, rerank, calibrate, page, highlight."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from engine.calibration import Calibration
from engine.context import context, with_context
from engine.errors import InvalidQuery, ModelMismatch, UsageError
from engine.filters import And, Filter, Not, field_filter
from engine.fusion.ranking import Scored
from engine.highlight import highlight, telling_terms
from engine.legs import Leg, Masks, Retriever, representatives
from engine.lexical.analysis import ANALYSER_VERSION
from engine.lexical.query import LexicalQuery, parse_query
from engine.lexical.search import constraint_mask
from engine.order import fuse, reorder
from engine.protocols import Encoder, Reranker
from engine.ranking import Ranking
from engine.recipe import Recipe
from engine.relevance import lexical_limit, standings
from engine.settings import settings
from engine.store.generation import Generation
from engine.timing import Timings
from engine.types import Float64, Hit, Passage, RowId, RowMask, SearchResult, StageName, StageScore
from engine.vectors.search import SCANS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """One search. With `by_document`, each document appears once, by its best passage.

    `min_relevance` drops hits that are less probably relevant: no hit at all then means "nothing relevant".
    """

    query: str
    k: int = 10
    filter: Filter | None = None
    by_document: bool = True
    min_relevance: float | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What both legs found for a parsed query."""

    query: LexicalQuery
    lexical: Leg
    dense: Leg


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

    def search(self, request: Request) -> SearchResult:
        """The best `request.k` hits. InvalidQuery for an empty query."""
        self._check(request)
        ranking, query = self._rank(request)
        timings = Timings()
        with timings.stage("page"):
            places = ranking.places()
            terms = telling_terms(query, self.generation.statistics)
            relevance = self._relevance(ranking)
            page = _relevant(ranking.stages[ranking.final], relevance, request.min_relevance)[: request.k]
            hits = tuple(
                self._hit(rank, score, relevance.get(key), ranking.rows[key], places[key], terms)
                for rank, (key, score) in enumerate(page, start=1)
            )
        return SearchResult(
            query=request.query,
            hits=hits,
            candidates=len(ranking.rows),
            timings_ms={**ranking.timings_ms, **timings.ms, "total": ranking.timings_ms["total"] + timings.ms["page"]},
            generation=self.generation.number,
            degraded=ranking.degraded,
            dense_coverage=self.generation.manifest.dense_coverage,
        )

    def rank(self, request: Request) -> Ranking:
        """Every stage's whole list, without texts: what `search` pages from."""
        return self._rank(request)[0]

    def retrieve(self, request: Request, timings: Timings | None = None) -> Retrieved:
        """The first half of the path: what both legs find."""
        timings = timings or Timings()
        with timings.stage("parse"):
            query = self._parse(request)
            masks = self._masks(query, request.filter)
        return Retrieved(query, *self._retrieve(query, masks, request, timings))

    def judge(self, reranker: Reranker, query: str, rows: Sequence[RowId], degraded: list[str]) -> Float64 | None:
        """The reranker's scores of passages; None, with the reason in `degraded`, where it fails."""
        passages = [self._passage(row) for row in rows]
        try:
            query = _first_words(query, reranker.max_tokens)
            scores = reranker.score(query, passages)
            if not np.isfinite(scores).all():
                raise ValueError(f"{reranker.name} gave scores that are no numbers")
            if reranker.truncated(query, passages):
                degraded.append("rerank:truncated")
        except Exception as error:  # whatever a model or its runtime throws, the fused order is a good answer
            details = log.isEnabledFor(logging.INFO)
            log.warning("The reranker failed, the fused order is returned: %s", error, exc_info=details)
            degraded.append("rerank")
            return None
        return scores.astype(np.float64)

    def _rank(self, request: Request) -> tuple[Ranking, LexicalQuery]:
        timings = Timings()
        with timings.stage("total"):
            found = self.retrieve(request, timings)
            query, lexical, dense = found.query, found.lexical, found.dense
            with timings.stage("fusion"):
                fused = fuse(lexical.scored, dense.scored, self.recipe)
            rows = representatives(lexical, dense)
            stages: dict[StageName, Sequence[Scored]] = {
                "lexical": lexical.scored,
                "dense": dense.scored,
                "fusion": fused,
            }
            degraded = self._shortcomings(query)
            judged: dict[str, float] = {}
            if self.recipe.rerank != "none" and self.reranker is not None and fused:
                with timings.stage("rerank"):
                    keys = [key for key, _ in fused[: self.recipe.rerank_depth]]
                    scores = self.judge(self.reranker, query.text, [rows[key] for key in keys], degraded)
                    if scores is not None:
                        stages["rerank"] = reorder(fused, scores, self.recipe)
                        judged = dict(zip(keys, scores.tolist(), strict=True))
            limit = lexical_limit(query, self.generation.statistics, self.recipe) if self.calibration else 0.0
        final: StageName = "rerank" if "rerank" in stages else "fusion"
        return Ranking(stages, final, rows, timings.ms, tuple(degraded), judged, limit), query

    def _shortcomings(self, query: LexicalQuery) -> list[str]:
        """What is known before reranking to keep the answer from being what was asked for."""
        degraded = []
        if self.generation.manifest.index_fingerprint.analyser != ANALYSER_VERSION:
            degraded.append("lexical:analyser")  # documents were analysed by another version than the query is
        if query.capped:
            degraded.append("query:capped")
        if self.encoder.tokens.count([query.text])[0] > self.encoder.max_tokens:
            degraded.append("query:truncated")
        return degraded

    def _parse(self, request: Request) -> LexicalQuery:
        if request.k < 1:
            raise UsageError(f"k must be at least 1, not {request.k}.")
        if not request.query.strip():
            raise InvalidQuery("The query is empty.", "Ask something.")
        text = request.query.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # no lone surrogates
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

    def _retrieve(self, query: LexicalQuery, masks: Masks, request: Request, timings: Timings) -> tuple[Leg, Leg]:
        """Both legs at once; each continues until it has enough distinct keys or nothing is left."""
        wanted = max(self.recipe.candidates, min(request.k, self.generation.manifest.living.chunks))
        retriever = Retriever(self.generation, masks, self.recipe, wanted, request.by_document)

        def lexical() -> Leg:
            with timings.stage("lexical"):
                return retriever.lexical(query)

        with ThreadPoolExecutor(max_workers=1) as pool:
            other = pool.submit(lexical)
            with timings.stage("encode"):
                vector = self.encoder.encode([query.text], role="query")[0]
            with timings.stage("dense"):
                dense = retriever.dense(vector, SCANS[settings().scan])
            return other.result(), dense

    def _check(self, request: Request) -> None:
        wanted = request.min_relevance
        if wanted is not None and not 0.0 <= wanted <= 1.0:
            raise UsageError(f"The least relevance must lie in [0, 1], not {wanted}.")
        if wanted is not None and self.calibration is None:
            raise UsageError(
                f"{self.generation.manifest.collection!r} has no calibration for these models, so its hits have no "
                "relevance that could be compared.",
                "Run `winnow tune` with judged queries, or search without a least relevance.",
            )

    def _relevance(self, ranking: Ranking) -> dict[str, float]:
        """Key -> relevance; empty without a calibration, and where the reranker that it reads has failed."""
        keys = [key for key, _ in ranking.stages[ranking.final]]
        calibration = self.calibration
        if calibration is None or not keys or (calibration.reranker is not None and not ranking.judged):
            return {}
        return dict(zip(keys, calibration.probability(standings(ranking, keys)).tolist(), strict=True))

    def _passage(self, row: RowId) -> Passage:
        title, chunk = self.generation.passage(row)
        return Passage(with_context(context(title, chunk.headings), chunk.text))

    def _hit(
        self,
        rank: int,
        score: float,
        relevance: float | None,
        row: RowId,
        stages: Mapping[StageName, StageScore],
        terms: Collection[str],
    ) -> Hit:
        chunk, document = self.generation.chunk(row)
        marked = highlight(chunk.text, document.language, terms)
        return Hit(chunk, document, score, relevance, rank, stages, marked)


def _relevant(scored: Sequence[Scored], relevance: Mapping[str, float], least: float | None) -> Sequence[Scored]:
    """Those that are relevant enough; all where relevance is not wanted or, the reranker having failed, not known."""
    if least is None or not relevance:
        return scored
    return [(key, score) for key, score in scored if relevance[key] >= least]


def _first_words(text: str, most: int) -> str:
    """`text` less what a model that reads `most` tokens would cut anyway: it is tokenised once for each passage."""
    words = text.split()
    return text if len(words) <= most else " ".join(words[:most])


def _both(first: RowMask | None, second: RowMask | None) -> RowMask | None:
    if first is None or second is None:
        return first if second is None else second
    return first & second
