"""The answer to a search: hits, and what there is to know of how they came about."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from api.answers.base import Answer, metadata_of, plain
from api.answers.passages import Passage, PlaceBody, passage_of
from api.answers.places import places_to_json
from engine.types import Balance, Hit, NearDuplicate, QueryReading, SearchResult

if TYPE_CHECKING:
    from api.answers.merging import MergedResult


class StagePlace(Answer):
    rank: int
    score: float


class RerankerScore(Answer):
    """The reranker's own score of a passage, before its policy made an order of it."""

    score: float = Field(description="on the model's own scale: a logit, for most")
    probability: float = Field(description="the logistic function of the score; not calibrated")


class ContextBody(Answer):
    """A passage with those around it: the document's text from `start` to `end`."""

    start: int
    end: int
    text: str


class NearDuplicateBody(Answer):
    """A document that says nearly what the hit's document says."""

    document_id: str
    uri: str
    title: str
    identical: bool = Field(description="title and text are the same")
    own_words: list[str] = Field(description="the first few words that it has and the hit's document lacks")


class HitBody(Passage):
    """A ranked answer. `highlights` are spans [start, end) of `text`, in code points."""

    rank: int
    document_id: str
    uri: str
    title: str
    language: str
    metadata: dict[str, Any]
    score: float = Field(description="comparable within this answer only")
    relevance: float | None = Field(description="a probability; null without a calibration")
    highlights: list[tuple[int, int]]
    evidence: tuple[int, int] | None = Field(description="the span of `text` that the reranker judged best")
    exact: list[str] = Field(description="what it holds of the query's rare identifiers: it stands before hits without")
    reranker: RerankerScore | None = Field(description="what the reranker itself said; null where it was not asked")
    pinned: bool = Field(description="a rule of the collection puts it first")
    boost: float = Field(description="what rules of the collection added to `score`; 0 on later pages")
    near_duplicates: list[NearDuplicateBody] = Field(description="with `collapse=near`: what the hit stands for too")
    context: ContextBody | None = Field(description="with `context`: the hit and the passages around it")
    inner_hits: list[Passage]
    stages: dict[str, StagePlace] | None = Field(description="with `explain`: lexical, dense, fusion, rerank")


class FacetValue(Answer):
    value: str | bool | int | float
    count: int


class WhyNotBody(Answer):
    """Why a document is not among the hits: the stage that dropped it, its scores, and what would have been needed."""

    document_id: str
    stage: str
    message: str
    scores: dict[str, float]
    needed: dict[str, float]
    stages: dict[str, StagePlace]
    rank: int | None
    place: str = Field(description="of its best passage, in words; empty where none is known")
    places: list[PlaceBody]


class CorrectionBody(Answer):
    typed: str
    used: str


class SynonymBody(Answer):
    typed: str
    also: list[str]


class ReadingBody(Answer):
    """How the query was read where it was not read as it stands."""

    searched_for: str | None = Field(description="the query with its typos corrected; null where none was found")
    corrections: list[CorrectionBody]
    nowhere: list[str] = Field(description="words and identifiers of the query that no document has")
    as_words: list[str] = Field(description="what looked like an operator and was read as text")
    synonyms: list[SynonymBody] = Field(description="words of the query with what they were also searched as")


class BalanceBody(Answer):
    """How the legs were weighed in the fused order."""

    method: str
    dense_share: float = Field(description="the dense leg's part, in [0, 1]; the rest is the lexical leg's")
    reason: str


class ResultBody(Answer):
    """Facts about a search of one collection, beside its hits."""

    reading: ReadingBody

    generation: int
    candidates: int = Field(description="distinct passages that entered fusion")
    scored: int = Field(description="passages that the reranker judged")
    degraded: list[str] = Field(description="stages that could not do their full work; empty when all went well")
    partial: bool = Field(description="shards of a cluster are missing from the answer; never so on one machine")
    failed_shards: list[int] = Field(description="those that are missing, by number")
    failed_reasons: list[str] = Field(description="why each of them is: too_slow, unreachable, not_loaded, ...")
    dense_coverage: float = Field(description="share of the passages that have vectors")
    models: dict[str, str] = Field(description="that had a part in the ranking: encoder, reranker")
    fusion: BalanceBody | None = Field(description="null where one leg ran alone, and on later pages")
    timings_ms: dict[str, float]


class RankedKey(Answer):
    key: str = Field(description="a document's id; a passage's where documents are not collapsed")
    score: float


class SearchAnswer(ResultBody):
    collection: str | None = Field(description="null for a document that is not stored")
    query: str
    hits: list[HitBody]
    facets: dict[str, list[FacetValue]]
    why_not: WhyNotBody | None
    cursor: str | None = Field(description="asks for the next page; null on the last one, and unless `pageable`")
    rankings: dict[str, list[RankedKey]] | None = Field(description="with `rankings`: lexical, dense, fusion, rerank")


class LabelledHitBody(HitBody):
    collection: str
    scaled_score: float = Field(description="the score scaled to [0, 1] within its collection")


class MultiSearchAnswer(Answer):
    """`merged_by` says how the order came about: `relevance` (calibrated probabilities) where every hit has one, else
    `words` (in its place, for hits without one, the share of the question's words that they hold).
    """

    query: str
    hits: list[LabelledHitBody]
    merged_by: Literal["relevance", "words"]
    collections: dict[str, ResultBody]


def answer_of(result: SearchResult, collection: str | None, *, explain: bool) -> dict[str, Any]:
    """The values of a `SearchAnswer`, not validated, which would take as long as all else that is done for an answer.

    `tests/api/test_one_answer.py` holds that they are valid.
    """
    return {
        **_about(result),
        "collection": collection,
        "query": result.query,
        "hits": [hit_of(hit, explain=explain) for hit in result.hits],
        "facets": {
            name: [{"value": plain(entry.value), "count": entry.count} for entry in counts]
            for name, counts in result.facets.items()
        },
        "why_not": _why_not(result),
        "cursor": result.cursor,
        "rankings": _rankings(result) if result.rankings else None,
    }


def merged_answer_of(merged: MergedResult, query: str, *, explain: bool) -> dict[str, Any]:
    """The values of a `MultiSearchAnswer`."""
    return {
        "query": query,
        "hits": [
            {
                **hit_of(entry.hit, explain=explain),
                "rank": entry.rank,
                "collection": entry.collection,
                "scaled_score": entry.score,
            }
            for entry in merged.hits
        ],
        "merged_by": merged.merged_by,
        "collections": {name: _about(result) for name, result in merged.results.items()},
    }


def hit_of(hit: Hit, *, explain: bool = False) -> dict[str, Any]:
    """The values of a `HitBody`; `explain` adds its place at every stage."""
    return {
        **passage_of(hit.chunk, hit.snippet, hit.places),
        "rank": hit.rank,
        "document_id": hit.document.id,
        "uri": hit.document.uri,
        "title": hit.document.title,
        "language": hit.document.language,
        "metadata": metadata_of(hit.document.metadata),
        "score": hit.score,
        "relevance": hit.relevance,
        "highlights": list(hit.highlights),
        "evidence": hit.evidence,
        "exact": list(hit.exact),
        "reranker": _reranker(hit.reranker_score),
        "pinned": hit.pinned,
        "boost": hit.boost,
        "near_duplicates": [_near_duplicate(other) for other in hit.near_duplicates],
        "context": _context(hit),
        "inner_hits": [
            passage_of(*inner) for inner in zip(hit.inner, hit.inner_snippets, hit.inner_places, strict=True)
        ],
        "stages": _places(hit.stages) if explain else None,
    }


def _about(result: SearchResult) -> dict[str, Any]:
    return {
        "reading": _reading(result.reading),
        "generation": result.generation,
        "candidates": result.candidates,
        "scored": result.scored,
        "degraded": list(result.degraded),
        "partial": result.partial,
        "failed_shards": list(result.failed_shards),
        "failed_reasons": list(result.failed_reasons),
        "dense_coverage": round(result.dense_coverage, 4),
        "models": dict(result.models),
        "fusion": _balance(result.balance),
        "timings_ms": {name: round(value, 3) for name, value in result.timings_ms.items()},
    }


def _reading(reading: QueryReading) -> dict[str, Any]:
    return {
        "searched_for": reading.searched_for,
        "corrections": [{"typed": typed, "used": used} for typed, used in reading.corrections],
        "nowhere": list(reading.nowhere),
        "as_words": list(reading.as_words),
        "synonyms": [{"typed": typed, "also": list(also)} for typed, also in reading.synonyms],
    }


def _balance(balance: Balance | None) -> dict[str, Any] | None:
    if balance is None:
        return None
    return {"method": balance.fusion, "dense_share": round(balance.dense_share, 4), "reason": balance.reason}


def _near_duplicate(other: NearDuplicate) -> dict[str, Any]:
    return {
        "document_id": other.id,
        "uri": other.uri,
        "title": other.title,
        "identical": other.identical,
        "own_words": list(other.own_words),
    }


def _context(hit: Hit) -> dict[str, Any] | None:
    if hit.context is None:
        return None
    start, end = hit.context
    return {"start": start, "end": end, "text": hit.document.text[start:end]}


def _reranker(score: float | None) -> dict[str, float] | None:
    return None if score is None else {"score": score, "probability": 0.5 * (1.0 + math.tanh(0.5 * score))}


def _places(stages: Any) -> dict[str, Any]:
    return {stage: {"rank": place.rank, "score": place.score} for stage, place in stages.items()}


def _rankings(result: SearchResult) -> dict[str, Any]:
    return {stage: [{"key": key, "score": score} for key, score in scored] for stage, scored in result.rankings.items()}


def _why_not(result: SearchResult) -> dict[str, Any] | None:
    why = result.why_not
    if why is None:
        return None
    return {
        "document_id": why.document_id,
        "stage": why.stage,
        "message": why.message,
        "scores": {str(stage): score for stage, score in why.scores.items()},
        "needed": {str(stage): score for stage, score in why.needed.items()},
        "stages": _places(why.stages),
        "rank": why.rank,
        **places_to_json(why.places),
    }
