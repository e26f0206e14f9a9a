"""Passages and snippets of them, each with the place where it stands in its document's file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from api.answers.base import Answer
from api.answers.places import places_to_json, snippet_to_json
from engine.types import Chunk, LocatorKind, Place, Snippet

IN_WORDS = "where it stands in its file, for people: `page 47`, `lines 120-134`; empty where it is not known"


class PlaceBody(Answer):
    """Where a stretch of text stands in its file: from `first` to `last`, which are equal where that is one place."""

    kind: LocatorKind
    first: str
    last: str


class SnippetBody(Answer):
    """The part of a passage to show: whole sentences, rows of a table, or lines of code."""

    text: str = Field(description="of the passage's text, from `start` to `end`")
    start: int
    end: int
    marks: list[tuple[int, int]] = Field(description="spans [start, end) of `text` to be marked, in code points")
    kind: Literal["prose", "table", "code"] = Field(description="in code, line breaks and indentation count")
    header: str = Field(description="the table's header row, where it stands above the snippet")
    before: bool = Field(description="it begins inside a sentence, row or line: show an ellipsis")
    after: bool = Field(description="the passage goes on after it: show an ellipsis")
    place: str = Field(description=f"{IN_WORDS}; the snippet's own, as a person reads it")
    places: list[PlaceBody]


class Passage(Answer):
    """A passage of a document; `start` and `end` are code points of its text."""

    chunk_id: str
    text: str
    start: int
    end: int
    headings: list[str]
    place: str = Field(description=f"{IN_WORDS}; the whole passage's")
    places: list[PlaceBody]
    snippet: SnippetBody


class PassageSpan(Answer):
    """A passage by its span of the document's text, in code points."""

    start: int
    end: int
    place: str = Field(description=IN_WORDS)
    places: list[PlaceBody]


def passage_of(chunk: Chunk, snippet: Snippet, places: Sequence[Place]) -> dict[str, Any]:
    """The fields of a `Passage`."""
    return {
        "chunk_id": chunk.id,
        "text": chunk.text,
        "start": chunk.start,
        "end": chunk.end,
        "headings": list(chunk.headings),
        "snippet": snippet_to_json(snippet),
        **places_to_json(places),
    }
