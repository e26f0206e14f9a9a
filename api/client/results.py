"""Answers of the service as dataclasses, one for each schema of its OpenAPI document. Unknown fields are left out,
so that a newer service can say more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from api.client.hits import Hit, LabelledHit, Metadata, Place, StagePlace

JobState = Literal["queued", "running", "done", "failed", "interrupted", "cancelled"]


@dataclass(frozen=True, slots=True)
class CollectionSummary:
    name: str
    generation: int
    documents: int
    chunks: int
    updated_at: str


@dataclass(frozen=True, slots=True)
class CollectionList:
    collections: tuple[CollectionSummary, ...]


@dataclass(frozen=True, slots=True)
class CollectionStats(CollectionSummary):
    """`documents` and `chunks` are those not deleted, `tombstoned` the deleted chunks that a merge would reclaim."""

    created_at: str
    tombstoned: int
    segments: int
    bytes: int
    languages: dict[str, int]
    models: dict[str, str | None]
    dimension: int
    metadata_schema: dict[str, str]
    recipe: dict[str, Any]
    calibrated: bool
    chunker: str = ""  # of servers that do not tell
    prompts: dict[str, str] = field(default_factory=dict)  # likewise
    runtimes: tuple[str, ...] = ()  # likewise


@dataclass(frozen=True, slots=True)
class Suggestions:
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    id: str
    uri: str
    title: str
    language: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """A passage by its span of the document's text, in code points, and where that stands in the document's file."""

    start: int
    end: int
    place: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Document(DocumentSummary):
    text: str
    passages: tuple[PassageSpan, ...]
    generation: int


@dataclass(frozen=True, slots=True)
class DocumentList:
    """One page of a listing; `cursor` leads on, None on the last."""

    documents: tuple[DocumentSummary, ...]
    generation: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Deleted:
    deleted: tuple[str, ...]
    generation: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """How relevant somebody found a document for a query: from 0, not at all, to 3."""

    query: str
    document_id: str
    grade: int


@dataclass(frozen=True, slots=True)
class JudgementList:
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """How many judgements the call has kept or taken back, and how many the collection has now."""

    changed: int
    total: int


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A document that was not ingested, or not wholly."""

    source: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of an ingest: every document is counted once."""

    generation: int
    added: int
    updated: int
    unchanged: int
    chunks: int
    commits: int
    seconds: float
    failed: tuple[SourceProblem, ...]
    warnings: tuple[SourceProblem, ...]


@dataclass(frozen=True, slots=True)
class JobError:
    code: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Job:
    """An ingest in the background. `report` is there once it is `done`, `error` if it `failed`."""

    id: str
    collection: str
    state: JobState
    total: int
    documents: int
    chunks: int
    commits: int
    created_at: str
    finished_at: str | None
    report: Report | None
    error: JobError | None
    chunks_total: int | None = None  # of servers that do not tell

    @property
    def finished(self) -> bool:
        return self.state not in ("queued", "running")


@dataclass(frozen=True, slots=True)
class JobList:
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str | bool | int | float
    count: int


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The stage that dropped a document, its scores, what would have been needed, and its best passage's place."""

    document_id: str
    stage: str
    message: str
    scores: dict[str, float]
    needed: dict[str, float]
    stages: dict[str, StagePlace]
    rank: int | None
    place: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    typed: str
    used: str


@dataclass(frozen=True, slots=True)
class Synonym:
    """A word of the query, or several, with what it was also searched as."""

    typed: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the query was read where it was not read as it stands: `searched_for` is the query with its typos corrected,
    None where none was found; no document has `nowhere`; `as_words` looked like operators and were read as text;
    `synonyms` are those of the collection's rules.
    """

    searched_for: str | None
    corrections: tuple[Correction, ...]
    nowhere: tuple[str, ...]
    as_words: tuple[str, ...]
    synonyms: tuple[Synonym, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """How the legs were weighed in the fused order; `dense_share` is the dense leg's part, in [0, 1]."""

    method: str
    dense_share: float
    reason: str


@dataclass(frozen=True, slots=True)
class ResultInfo:
    """Facts about a search of one collection, beside its hits. `degraded` names stages that could not do their full
    work; `scored` counts the passages that the reranker judged; `dense_coverage` is the share of passages with vectors;
    `models` names those that had a part in the ranking, by role; `fusion` says how the legs were weighed, None where
    one ran alone and on later pages. Where shards of a cluster did not answer, it is `partial`, and they are named
    and `failed_reasons` says why each did not: `too_slow`, `unreachable`, `not_loaded`, or the code of an error.
    """

    reading: Reading
    generation: int
    candidates: int
    scored: int
    degraded: tuple[str, ...]
    partial: bool
    failed_shards: tuple[int, ...]
    failed_reasons: tuple[str, ...]
    dense_coverage: float
    models: dict[str, str]
    fusion: Balance | None
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class RankedKey:
    """`key` is a document's id; a passage's where documents are not collapsed."""

    key: str
    score: float


@dataclass(frozen=True, slots=True)
class SearchAnswer(ResultInfo):
    """`cursor` asks for the next page; None on the last one, and unless `pageable`.

    `rankings` has the whole list of each stage, if that was asked for.
    """

    collection: str | None
    query: str
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[FacetValue, ...]]
    why_not: WhyNot | None
    cursor: str | None
    rankings: dict[str, tuple[RankedKey, ...]] | None


@dataclass(frozen=True, slots=True)
class DocumentSearchAnswer(SearchAnswer):
    """`handle` asks more about a document that was kept, which it is for `expires_in_seconds` without a question."""

    handle: str | None
    expires_in_seconds: float | None


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document that was read before its first question. It is kept for `expires_in_seconds` after each."""

    handle: str
    expires_in_seconds: float


@dataclass(frozen=True, slots=True)
class MultiSearchAnswer:
    """Hits of several collections in one order, by `relevance` where every hit has one, else by scaled `score`."""

    query: str
    hits: tuple[LabelledHit, ...]
    merged_by: Literal["relevance", "words"]
    collections: dict[str, ResultInfo]


@dataclass(frozen=True, slots=True)
class Model:
    """`collections` use it. `kinds` are what requests may name it as, `kind` is the first of them."""

    id: str
    kind: Literal["encoder", "reranker"]
    kinds: tuple[Literal["encoder", "reranker"], ...]
    collections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelList:
    data: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class RerankedText:
    text: str


@dataclass(frozen=True, slots=True)
class RerankResult:
    """`index` is into the documents that were sent; `relevance_score` lies in (0, 1) and is not calibrated."""

    index: int
    relevance_score: float
    document: RerankedText | None = None
    labels: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class RerankAnswer:
    """Results by falling relevance."""

    model: str
    results: tuple[RerankResult, ...]


@dataclass(frozen=True, slots=True)
class Embedding:
    index: int
    embedding: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class EmbeddingUsage:
    prompt_tokens: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class EmbeddingsAnswer:
    """One vector per text, in their order."""

    model: str
    data: tuple[Embedding, ...]
    usage: EmbeddingUsage
