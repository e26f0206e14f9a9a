"""Hits and passages, as the service answers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Metadata = dict[str, str | int | float | bool | list[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of text stands in its file: from `first` to `last`, which are equal where that is one place."""

    kind: Literal["page", "slide", "sheet", "line", "time", "message", "anchor"]
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class StagePlace:
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class RerankerScore:
    """The reranker's own score: `score` on its own scale, `probability` its logistic function, not calibrated."""

    score: float
    probability: float


@dataclass(frozen=True, slots=True)
class Context:
    """A passage with those around it: the document's text from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A document that says nearly what the document of a hit says. `own_words` are the first few words that only this
    one has.
    """

    document_id: str
    uri: str
    title: str
    identical: bool
    own_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The part of a passage to show: `text` is the passage's from `start` to `end`, `marks` spans of it to be marked.

    `header` is the header row of its table, where that stands above it. `before` says that it begins inside a sentence,
    row or line, `after` that the passage goes on: show an ellipsis. `place` is its own, for people ("page 47"; "" where
    it is not known), `places` the same for programs.
    """

    text: str
    start: int
    end: int
    marks: tuple[tuple[int, int], ...]
    kind: Literal["prose", "table", "code"]
    header: str
    before: bool
    after: bool
    place: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a document; `start` and `end` are code points of its text. `place` says where it stands in the
    document's file, for people ("pages 47-48"; "" where it is not known), `places` the same for programs.
    """

    chunk_id: str
    text: str
    start: int
    end: int
    headings: tuple[str, ...]
    place: str
    places: tuple[Place, ...]
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Hit(Passage):
    """A ranked answer. `highlights` are spans [start, end) of `text`, in code points. `relevance` is a probability,
    None without a calibration. A rule of the collection puts a `pinned` one first, and rules added `boost` to the
    score. `near_duplicates` are documents that the hit stands for too. `stages` is there with `explain`.
    """

    rank: int
    document_id: str
    uri: str
    title: str
    language: str
    metadata: Metadata
    score: float
    relevance: float | None
    highlights: tuple[tuple[int, int], ...]
    evidence: tuple[int, int] | None
    exact: tuple[str, ...]
    reranker: RerankerScore | None
    pinned: bool
    boost: float
    near_duplicates: tuple[NearDuplicate, ...]
    context: Context | None
    inner_hits: tuple[Passage, ...]
    stages: dict[str, StagePlace] | None


@dataclass(frozen=True, slots=True)
class LabelledHit(Hit):
    """A hit of one of several collections; `scaled_score` is its score scaled to [0, 1] within its collection."""

    collection: str
    scaled_score: float
