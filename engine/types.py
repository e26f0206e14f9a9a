"""The few central types that every stage passes along. All are frozen; none knows how it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Rows = NDArray[np.int64]  # row numbers of chunks inside one segment
RowMask = NDArray[np.bool_]  # one flag per chunk row of one segment
Masks = Sequence[RowMask | None]  # per segment the rows that are meant; None: all of them

MetadataValue = str | int | float | bool | date | tuple[str, ...]  # a date may be a datetime, in UTC
Metadata = Mapping[str, MetadataValue]
MetadataType = Literal["string", "number", "bool", "date", "list"]

StageName = Literal["lexical", "dense", "fusion", "rerank"]
STAGES: tuple[StageName, ...] = get_args(StageName)  # in the order of the query path
SnippetKind = Literal["prose", "table", "code"]
LocatorKind = Literal["page", "slide", "sheet", "line", "time", "message", "anchor"]
DroppedBy = Literal[
    "unknown", "deleted", "filter", "constraint", "candidates", "rerank", "relevance", "hidden", "twin", "page", "none"
]


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document. `text` is what chunks point into; `uri` is where a person finds the original."""

    id: str
    uri: str
    title: str
    text: str
    language: str  # ISO 639-1, or "und" where it could not be told
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: `start` is the code-point offset in `Document.text` where its section begins."""

    start: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Locator:
    """A place in a file: from `start` on (a code-point offset in `Document.text`) the text stands at `value` of its
    file.

    `value` is what a person looks for there: the number of a page, slide or line (from 1), the name of a sheet, a time
    as H:MM:SS, the id of a message or an anchor without its "#". A `counting` one is of a line, from which on the text
    has the line breaks of the file: each begins the next line, until the next locator of a line.
    """

    start: int
    kind: LocatorKind
    value: str
    counting: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a span of a document's text stands in its file: from `first` to `last`, which are values of locators and
    equal where the span does not leave the page, slide, line, ... on which it begins.
    """

    kind: LocatorKind
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document, in code points: `document.text[start:end] == text`, always.

    `headings` is the path that it stands under, `inside` are further headings in the text itself. `header` is the
    header of the table that the text begins inside of, which stands above it in the document.
    """

    id: str
    document_id: str
    ordinal: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    header: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """The text that a reranker reads: a chunk's text after its context. `start` is where the chunk's own text begins;
    equal `content_hash`es mean equal texts ("" where nobody is to remember the score). What is read of one that is
    `stored`, in a collection, may be kept on disk.
    """

    text: str
    content_hash: str = ""
    start: int = 0
    stored: bool = False


class RowId(NamedTuple):
    """Where a chunk lies in one generation: segment position and row. Meaningless in any other generation.

    A tuple, since a search looks up thousands of them, and those of dataclasses are hashed in Python.
    """

    segment: int
    row: int


@dataclass(frozen=True, slots=True)
class StageScore:
    """A hit's place in one stage's list, best first, from 1."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Snippet:
    """The part of a passage that is shown (engine/snippets): `text` is `chunk.text[start:end]`, in code points.

    `marks` are spans of `text` that hold what the query looked for, sorted, apart. `kind` says how it reads: sentences,
    rows of a table (whose header row, if it stands above them, is `header`), or lines of code, whose breaks and
    indentation count. `before` says that it begins inside a sentence, row or line; `after`, that the passage goes on.
    """

    start: int
    end: int
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    kind: SnippetKind = "prose"
    header: str = ""
    before: bool = False
    after: bool = False
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A document that says nearly what the document of a hit says, and is listed below it instead of being a hit.

    `identical` says that title and text are the same; else `own_words` are the first few that only this one has.
    """

    id: str
    uri: str
    title: str
    identical: bool
    own_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked answer. `relevance` is a probability, None without calibration; `highlights` are spans of the text.

    `inner` are further passages of the same document, best first. `evidence` is the span of `chunk.text` that the
    reranker judged best, None where it read the passage in one piece or not at all. `exact` names what it holds of the
    query's rare identifiers, which puts it before hits that do not. `reranker_score` is what the reranker itself said
    of it, on the model's own scale, None where it said nothing. `context` is the span of `document.text` with the
    passages around it, where the request asked for them. `near_duplicates` are documents that the hit stands for too,
    in order. `pinned` says that a rule of the collection puts it first, `boost` what such rules
    added to its score. `snippet` is what is shown of the passage,
    `inner_snippets` of each of `inner`. `places` are where the whole passage stands in its file, `inner_places` each of
    `inner`; a snippet has its own.
    """

    chunk: Chunk
    document: Document
    score: float
    relevance: float | None
    rank: int
    stages: Mapping[StageName, StageScore]
    highlights: tuple[tuple[int, int], ...] = ()
    inner: tuple[Chunk, ...] = ()
    evidence: tuple[int, int] | None = None
    exact: tuple[str, ...] = ()
    snippet: Snippet = Snippet(0, 0, "")
    inner_snippets: tuple[Snippet, ...] = ()
    places: tuple[Place, ...] = ()
    inner_places: tuple[tuple[Place, ...], ...] = ()
    reranker_score: float | None = None
    context: tuple[int, int] | None = None
    near_duplicates: tuple[NearDuplicate, ...] = ()
    pinned: bool = False
    boost: float = 0.0


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many documents have this value of a field."""

    value: str | int | float | bool | date
    count: int


@dataclass(frozen=True, slots=True)
class Balance:
    """How a query's legs were weighed: `dense_share`, in [0, 1], is the dense leg's part in the fused order."""

    fusion: str
    dense_share: float
    reason: str


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a document is not on the page: the stage that dropped it ("none" if it is there), and a sentence.

    `scores` are the scores of its best passage, whether or not they sufficed; `needed` is what the last one that a
    stage kept had, for the stages that did not keep it; `stages` its places where it was listed. `places` are where
    that passage stands in its file.
    """

    document_id: str
    stage: DroppedBy
    message: str
    scores: Mapping[StageName, float] = field(default_factory=dict)
    needed: Mapping[StageName, float] = field(default_factory=dict)
    stages: Mapping[StageName, StageScore] = field(default_factory=dict)
    rank: int | None = None  # in the final order
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryReading:
    """How a query was read where it was not read as it stands.

    `searched_for` is the query with its typos corrected, None where there was none to correct, and `corrections` are
    the (typed, used) words. `nowhere` are words and identifiers that no document has, `as_words` what looked like an
    operator and was taken for text. `synonyms` are words of the query with those that they also stood for.
    """

    searched_for: str | None = None
    corrections: tuple[tuple[str, str], ...] = ()
    nowhere: tuple[str, ...] = ()
    as_words: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def sentences(self) -> list[str]:
        """Sentences for a person on how the query was read, but for the corrections."""
        found = []
        if self.nowhere:
            found.append(f"No document has {_listed(self.nowhere)}.")
        if self.as_words:
            found.append(f"{_listed(self.as_words)} was read as text, not as an operator.")
        return found


def _listed(words: Sequence[str]) -> str:
    """The words between quotation marks: the first ten, and the first sixty characters of each."""
    shown = [f'"{word if len(word) <= 60 else word[:59] + "…"}"' for word in words[:10]]
    return " or ".join(shown if len(words) <= 10 else [*shown, f"{len(words) - 10} more"])


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits with what is needed to trust them: the generation that answered, times, and what went wrong.

    `began_ms` is when each stage of `timings_ms` began, since the search did. `rankings` holds every stage's whole list
    of (key, score), best first, where the request asked for it.
    `candidates` counts the distinct chunks that entered fusion. `scored` counts the hits that have a reranker's score.
    `degraded` names each stage that could not do its full work ("rerank", "rerank:truncated", "query:truncated", ...),
    empty when all went well. `cursor` asks for the next page (`Searcher.page`), None on the last one. `dense_coverage`
    is the share of the living chunks that have vectors: below 1 while a collection is being embedded. `models` names
    those that had a part in the ranking: "encoder", "reranker". `balance` is None where one leg ran alone.
    """

    query: str
    hits: tuple[Hit, ...]
    candidates: int
    timings_ms: Mapping[str, float]
    generation: int
    degraded: tuple[str, ...] = ()
    scored: int = 0
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    why_not: WhyNot | None = None
    cursor: str | None = None
    dense_coverage: float = 1.0  # share of the living chunks that the dense leg knows
    began_ms: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    rankings: Mapping[StageName, Sequence[tuple[str, float]]] = field(default_factory=dict)
    reading: QueryReading = field(default_factory=QueryReading)
    balance: Balance | None = None
    partial: bool = False  # shards of a cluster are missing from the answer
    failed_shards: tuple[int, ...] = ()
    failed_reasons: tuple[str, ...] = ()  # why each of them did not answer (engine/cluster/session.py)
