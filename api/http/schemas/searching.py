"""Searching: what may be asked of a collection, and the answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from api.http.schemas.base import Answer, RequestBody, examples
from api.http.schemas.filters import FilterBody, few_conditions, to_filter
from api.http.schemas.passages import Passage, PlaceBody, passage_of
from api.places import told
from api.service.searching import MergedResult
from engine.query.request import Request, Sort
from engine.types import Balance, Hit, QueryReading, SearchResult

MOST_HITS = 1000
LONGEST_QUERY = 8192  # code points
Mode = Literal["hybrid", "lexical", "dense"]


class SortBody(RequestBody):
    """A metadata field to order the hits by, instead of by relevance."""

    forms: ClassVar[str] = 'A key of `sort` is `{"field": NAME, "descending": true or false}`; `-name` is for GET.'

    field: str = Field(min_length=1, max_length=256)
    descending: bool = False


class SearchOptions(RequestBody):
    """What every kind of search understands."""

    query: str = Field(
        min_length=1, max_length=LONGEST_QUERY, description='plain words; `"a phrase"`, `-without` and `field:value`'
    )
    k: int = Field(10, ge=1, le=MOST_HITS, description="how many hits")
    filter: Annotated[FilterBody | None, BeforeValidator(few_conditions)] = None
    collapse: bool = Field(True, description="each document once, by its best passage")
    inner_hits: int = Field(0, ge=0, le=100, description="further passages of each hit's document")
    mode: Mode = "hybrid"
    dense_weight: float | None = Field(None, ge=0, le=1, description="of the fusion; null: as the collection chose")
    rerank_depth: int | None = Field(None, ge=0, le=MOST_HITS, description="null: as the collection chose; 0: none")
    budget_ms: float | None = Field(None, gt=0, le=600_000, description="for the whole request, from its arrival")
    min_relevance: float | None = Field(None, ge=0, le=1, description="needs a calibrated collection")
    facets: list[str] = Field([], max_length=16, description="fields whose values are counted over all that matches")
    sort: list[SortBody] = Field([], max_length=8)
    why_not: str | None = Field(None, max_length=4096, description="a document's id: which stage dropped it, and why")
    highlight: bool = Field(True, description="mark the query's words in each passage")
    explain: bool = Field(False, description="each hit's rank and score at every stage")
    rankings: bool = Field(False, description="every stage's whole list, for evaluations; not limited to `k`")
    correct: bool = Field(True, description="take words that occur nowhere for typos; the answer says what it took")

    def to_request(self, arrived: float, *, pageable: bool = False) -> Request:
        """The engine's request; `arrived` is the monotonic time at which it came in."""
        return Request(
            query=self.query,
            k=self.k,
            filter=None if self.filter is None else to_filter(self.filter),
            by_document=self.collapse,
            min_relevance=self.min_relevance,
            mode=self.mode,
            rerank_depth=self.rerank_depth,
            budget_ms=self.budget_ms,
            arrived=arrived,
            dense_weight=self.dense_weight,
            facets=tuple(self.facets),
            sort=tuple(Sort(key.field, key.descending) for key in self.sort),
            inner_hits=self.inner_hits,
            why_not=self.why_not,
            pageable=pageable,
            highlight=self.highlight,
            rankings=self.rankings,
            correct=self.correct,
        )


class SearchBody(SearchOptions):
    """A search, or with `cursor` the next page of one; then `k` and `explain` alone may stand beside it."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"query": "how do I cancel the contract", "k": 5},
            {
                "query": "annual report",
                "filter": {"and": [{"field": "year", "gte": 2020}, {"not": {"field": "tags", "in": ["draft"]}}]},
                "facets": ["year"],
                "budget_ms": 150,
                "explain": True,
            },
            {"cursor": "eNpjYGBg...", "k": 10},
        )
    )

    query: str = Field("", max_length=LONGEST_QUERY, description='plain words; `"a phrase"`, `-without`, `field:value`')
    pageable: bool = Field(False, description="freeze the ranking and return a cursor")
    cursor: str | None = Field(None, min_length=1, max_length=1_000_000, description="of the answer before")
    stream: bool = Field(False, description="server-sent events: `fused` first, then `reranked`")

    @model_validator(mode="after")
    def _either_query_or_cursor(self) -> SearchBody:
        beside = self.model_fields_set - {"cursor", "k", "explain"}
        if self.cursor is not None and beside:
            raise ValueError(f"a cursor carries its search: leave out {', '.join(sorted(beside))}")
        return self

    def page_size(self) -> int | None:
        """What was asked for with a cursor; None: as on the first page."""
        return self.k if "k" in self.model_fields_set else None


class MultiSearchBody(SearchOptions):
    """A search of several collections at once."""

    model_config = ConfigDict(json_schema_extra=examples({"query": "annual leave", "collections": ["handbook", "law"]}))

    collections: list[str] = Field(min_length=1, max_length=16)


class StagePlace(Answer):
    rank: int
    score: float


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


class ReadingBody(Answer):
    """How the query was read where it was not read as it stands."""

    searched_for: str | None = Field(description="the query with its typos corrected; null where none was found")
    corrections: list[CorrectionBody]
    nowhere: list[str] = Field(description="words and identifiers of the query that no document has")
    as_words: list[str] = Field(description="what looked like an operator and was read as text")


class BalanceBody(Answer):
    """How the legs were weighed in the fused order."""

    method: str
    dense_share: float = Field(description="the dense leg's part, in [0, 1]; the rest is the lexical leg's")
    reason: str


class ResultBody(Answer):
    """What a search of one collection says beside its hits."""

    reading: ReadingBody

    generation: int
    candidates: int = Field(description="distinct passages that entered fusion")
    scored: int = Field(description="passages that the reranker judged")
    degraded: list[str] = Field(description="stages that could not do their full work; empty when all went well")
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
    `score` (each collection's scores scaled by its own best and worst hit).
    """

    query: str
    hits: list[LabelledHitBody]
    merged_by: Literal["relevance", "score"]
    collections: dict[str, ResultBody]


def answer_of(result: SearchResult, collection: str | None, *, explain: bool) -> SearchAnswer:
    return SearchAnswer(
        **_about(result),
        collection=collection,
        query=result.query,
        hits=[HitBody(**_hit(hit, explain)) for hit in result.hits],
        facets={
            name: [FacetValue(value=_plain(entry.value), count=entry.count) for entry in counts]
            for name, counts in result.facets.items()
        },
        why_not=_why_not(result),
        cursor=result.cursor,
        rankings=_rankings(result) if result.rankings else None,
    )


def merged_answer_of(merged: MergedResult, query: str, *, explain: bool) -> MultiSearchAnswer:
    return MultiSearchAnswer(
        query=query,
        hits=[
            LabelledHitBody(
                **{**_hit(entry.hit, explain), "rank": entry.rank},
                collection=entry.collection,
                scaled_score=entry.score,
            )
            for entry in merged.hits
        ],
        merged_by=merged.merged_by,
        collections={name: ResultBody(**_about(result)) for name, result in merged.results.items()},
    )


def metadata_of(metadata: Any) -> dict[str, Any]:
    """Metadata as JSON: dates as ISO 8601, lists as arrays."""
    return {name: list(value) if isinstance(value, tuple) else _plain(value) for name, value in metadata.items()}


def _plain(value: str | int | float | bool | date) -> str | int | float | bool:
    return value.isoformat() if isinstance(value, date) else value


def _about(result: SearchResult) -> dict[str, Any]:
    return {
        "reading": _reading(result.reading),
        "generation": result.generation,
        "candidates": result.candidates,
        "scored": result.scored,
        "degraded": list(result.degraded),
        "dense_coverage": result.dense_coverage,
        "models": dict(result.models),
        "fusion": _balance(result.balance),
        "timings_ms": {name: round(value, 3) for name, value in result.timings_ms.items()},
    }


def _reading(reading: QueryReading) -> ReadingBody:
    return ReadingBody(
        searched_for=reading.searched_for,
        corrections=[CorrectionBody(typed=typed, used=used) for typed, used in reading.corrections],
        nowhere=list(reading.nowhere),
        as_words=list(reading.as_words),
    )


def _balance(balance: Balance | None) -> BalanceBody | None:
    if balance is None:
        return None
    return BalanceBody(method=balance.fusion, dense_share=round(balance.dense_share, 4), reason=balance.reason)


def _hit(hit: Hit, explain: bool) -> dict[str, Any]:
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
        "inner_hits": [
            Passage(**passage_of(*inner)) for inner in zip(hit.inner, hit.inner_snippets, hit.inner_places, strict=True)
        ],
        "stages": _places(hit.stages) if explain else None,
    }


def _places(stages: Any) -> dict[str, StagePlace]:
    return {stage: StagePlace(rank=place.rank, score=place.score) for stage, place in stages.items()}


def _rankings(result: SearchResult) -> dict[str, list[RankedKey]]:
    return {
        stage: [RankedKey(key=key, score=score) for key, score in scored] for stage, scored in result.rankings.items()
    }


def _why_not(result: SearchResult) -> WhyNotBody | None:
    why = result.why_not
    if why is None:
        return None
    return WhyNotBody(
        document_id=why.document_id,
        stage=why.stage,
        message=why.message,
        scores={str(stage): score for stage, score in why.scores.items()},
        needed={str(stage): score for stage, score in why.needed.items()},
        stages=_places(why.stages),
        rank=why.rank,
        **told(why.places),
    )
