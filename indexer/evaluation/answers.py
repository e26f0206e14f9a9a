"""Every query of a data set through the served query path: each stage's documents and times."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from engine.filters import Equals, Not
from engine.query.pipeline import Request, Searcher
from engine.store.generation import Generation
from engine.types import StageName
from indexer.evaluation.datasets import Dataset

log = logging.getLogger(__name__)

DEPTH = 100  # documents asked of each leg
REPORTED: Mapping[StageName, str] = {"lexical": "lexical", "dense": "dense", "fusion": "fused", "rerank": "reranked"}

Scored = Sequence[tuple[str, float]]  # (document id, score), best first


@dataclass(frozen=True, slots=True)
class Answer:
    """One query's outcome. `ready_ms` says when each stage's list was there; a failed query has `error` only."""

    stages: dict[str, Scored] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    ready_ms: Mapping[str, float] = field(default_factory=dict)
    degraded: tuple[str, ...] = ()
    scored: int = 0  # passages that the reranker judged
    error: str | None = None


def answer_all(
    searcher: Searcher, dataset: Dataset, on_query: Callable[[int], None], budget_ms: float | None = None
) -> dict[str, Answer]:
    """Run every judged query, in order; one that fails is recorded and the rest go on.

    A document whose id equals the query's is the query itself (ArguAna, Quora) and is kept out, as BEIR does. One query
    that is not measured goes first, so that no measured one pays for opening files.
    """
    itself = queries_that_are_documents(searcher.generation, dataset)
    searcher.rank(Request("warm up", k=1))
    answers = {query: Answer(error="The data set has no text for this query.") for query in dataset.without_text}
    for done, (query, text) in enumerate(dataset.queries.items(), start=1):
        excluded = Not(Equals("id", query)) if query in itself else None
        answers[query] = _answer(searcher, Request(text, k=DEPTH, filter=excluded, budget_ms=budget_ms))
        on_query(done)
    return answers


def _answer(searcher: Searcher, request: Request) -> Answer:
    try:
        ranking = searcher.rank(request)
    except Exception as error:  # one bad query must not cost the hours before it; it counts as 0 and is listed
        log.exception("A query failed: %r", request.query)
        return Answer(error=f"{type(error).__name__}: {error}")
    stages = reported(ranking.stages, reranks=reranks(searcher))
    ready = ready_ms(ranking.timings_ms, reranked="rerank" in ranking.stages)
    return Answer(stages, ranking.timings_ms, ready, ranking.degraded, len(ranking.judged))


def reported(stages: Mapping[StageName, Scored], *, reranks: bool) -> dict[str, Scored]:
    """The stages' lists by the names that are reported."""
    named = {REPORTED[stage]: scored for stage, scored in stages.items()}
    if reranks:  # where the reranker failed or stood aside, the fused order is what was served
        named.setdefault("reranked", named["fused"])
    return named


def reranks(searcher: Searcher) -> bool:
    """Whether queries are reranked, but for those that the reranker stands aside for."""
    return searcher.reranker is not None and searcher.recipe.rerank != "none"


def ready_ms(ms: Mapping[str, float], *, reranked: bool) -> dict[str, float]:
    """Milliseconds from the start of the query until each stage's list was complete."""
    parse, rerank = ms.get("parse", 0.0), ms.get("rerank", 0.0)
    ready = {
        "lexical": parse + ms.get("lexical", 0.0),
        "dense": parse + ms.get("encode", 0.0) + ms.get("dense", 0.0),
        "fused": ms["total"] - rerank,
    }
    return ready | ({"reranked": ms["total"]} if reranked else {})


def queries_that_are_documents(generation: Generation, dataset: Dataset) -> set[str]:
    """Ids of queries that are ids of documents, too."""
    queries = pa.array(list(dataset.queries), pa.string())
    found: set[str] = set()
    for segment in generation.segments:
        ids = segment.documents.column("id")
        found.update(ids.filter(pc.is_in(ids, value_set=queries.cast(ids.type))).to_pylist())
    return found
