"""Results read back from answers as JSON, for whoever shows what a service has answered.

Only what is shown comes back: the text of a document is that of its context, and a passage's own is that of the hit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from api.answers.merging import LabelledHit, MergedResult
from engine.types import (
    Balance,
    Chunk,
    Document,
    FacetCount,
    Hit,
    Place,
    QueryReading,
    SearchResult,
    Snippet,
    StageName,
    StageScore,
    WhyNot,
)

Body = Mapping[str, Any]


def result_of(answer: Body) -> SearchResult:
    """The result of a SearchAnswer, or of one collection (ResultBody) in an answer of several, which has no hits."""
    balance, why_not = answer["fusion"], answer.get("why_not")
    facets = answer.get("facets", {})
    return SearchResult(
        query=answer.get("query", ""),
        hits=tuple(map(hit_of, answer.get("hits", ()))),
        candidates=answer["candidates"],
        timings_ms=answer["timings_ms"],
        generation=answer["generation"],
        degraded=tuple(answer["degraded"]),
        scored=answer["scored"],
        facets={name: tuple(FacetCount(**count) for count in counts) for name, counts in facets.items()},
        why_not=None if why_not is None else _why_not(why_not),
        dense_coverage=answer["dense_coverage"],
        models=answer["models"],
        reading=_reading(answer["reading"]),
        balance=None if balance is None else Balance(balance["method"], balance["dense_share"], balance["reason"]),
    )


def merged_of(answer: Body) -> MergedResult:
    """The hits of a MultiSearchAnswer in their order, and what there is to know of each collection's search."""
    hits = tuple(
        LabelledHit(hit["collection"], hit_of(hit), hit["scaled_score"], hit["rank"]) for hit in answer["hits"]
    )
    results = {name: result_of({"query": answer["query"], **body}) for name, body in answer["collections"].items()}
    return MergedResult(hits, answer["merged_by"], results)


def hit_of(body: Body) -> Hit:
    """One hit of an answer that was asked for with `explain`."""
    snippet, context, reranker = body["snippet"], body["context"], body["reranker"]
    text = body["text"] if context is None else context["text"]
    return Hit(
        chunk=Chunk(
            body["chunk_id"], body["document_id"], 0, body["start"], body["end"], body["text"], tuple(body["headings"])
        ),
        document=Document(body["document_id"], body["uri"], body["title"], text, body["language"], body["metadata"]),
        score=body["score"],
        relevance=body["relevance"],
        rank=body["rank"],
        stages=_stages(body["stages"] or {}),
        exact=tuple(body["exact"]),
        snippet=Snippet(
            snippet["start"],
            snippet["end"],
            snippet["text"],
            tuple((start, end) for start, end in snippet["marks"]),
            snippet["kind"],
            snippet["header"],
            snippet["before"],
            snippet["after"],
            _places(snippet["places"]),
        ),
        places=_places(body["places"]),
        reranker_score=None if reranker is None else reranker["score"],
        context=None if context is None else (0, len(text)),
    )


def _why_not(body: Body) -> WhyNot:
    return WhyNot(
        body["document_id"],
        body["stage"],
        body["message"],
        body["scores"],
        body["needed"],
        _stages(body["stages"]),
        body["rank"],
        _places(body["places"]),
    )


def _reading(body: Body) -> QueryReading:
    corrections = tuple((one["typed"], one["used"]) for one in body["corrections"])
    return QueryReading(body["searched_for"], corrections, tuple(body["nowhere"]), tuple(body["as_words"]))


def _stages(body: Body) -> dict[StageName, StageScore]:
    return {cast(StageName, name): StageScore(**place) for name, place in body.items()}


def _places(bodies: Iterable[Body]) -> tuple[Place, ...]:
    return tuple(Place(**body) for body in bodies)
