"""Answers of the tools: structured content, small since a language model reads it, and the same as short text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from api.answers.base import metadata_of
from api.answers.passages import PlaceBody
from api.answers.places import places_to_json
from api.answers.searching import HitBody, hit_of
from engine.store.collections import CollectionStats
from engine.text.places import places_of
from engine.types import Document, Locator, SearchResult

IN_WORDS = "where it stands in the file, such as page 47; empty if that is not known"


class Passages(BaseModel):
    """Passages, best first. `degraded` names stages that could not do their full work."""

    query: str
    hits: list[HitBody]
    degraded: list[str]


class DocumentPart(BaseModel):
    """A part of a document, `text[start:end]` in code points, of `length` in all. `next_start` reads on."""

    document_id: str
    title: str
    uri: str
    language: str
    metadata: dict[str, Any]
    start: int
    end: int
    length: int
    next_start: int | None
    place: str = Field(description=IN_WORDS)
    places: list[PlaceBody]
    text: str


class CollectionInfo(BaseModel):
    """A collection; `fields` are the metadata fields that filters may name, with their types."""

    name: str
    documents: int
    passages: int
    updated_at: str
    languages: dict[str, int] = Field(description="passages by ISO 639-1 code")
    fields: dict[str, str]


class CollectionsInfo(BaseModel):
    """Every collection by name."""

    collections: list[CollectionInfo]


def passages(result: SearchResult) -> CallToolResult:
    """Hits with their passages' texts."""
    answer = Passages(query=result.query, hits=[hit_of(hit) for hit in result.hits], degraded=list(result.degraded))
    shown = [
        f"{hit.rank}. {hit.title or hit.document_id}\n"
        f"   document_id: {hit.document_id}  characters {hit.start}-{hit.end}{_comma(hit.place)}{_alike(hit)}\n"
        f"{hit.text}"
        for hit in answer.hits
    ]
    return _result(answer, "\n\n".join(shown) or "Nothing was found.")


def part(document: Document, locators: Sequence[Locator], start: int, end: int) -> CallToolResult:
    """`document.text[start:end]`, where 0 <= start <= end <= its length, and where it stands in the file."""
    length = len(document.text)
    answer = DocumentPart(
        document_id=document.id,
        title=document.title,
        uri=document.uri,
        language=document.language,
        metadata=metadata_of(document.metadata),
        start=start,
        end=end,
        length=length,
        next_start=end if end < length else None,
        **places_to_json(places_of(document.text, locators, start, end)),
        text=document.text[start:end],
    )
    more = "" if end == length else f"\n\n[Read on with start={end}.]"
    where = f"{document.id}, characters {start}-{end} of {length}{_comma(answer.place)}"
    return _result(answer, f"{document.title or document.id} ({where})\n\n{answer.text}{more}")


def collections(all_stats: list[CollectionStats]) -> CallToolResult:
    """The collections that can be searched."""
    answer = CollectionsInfo(
        collections=[
            CollectionInfo(
                name=stats.name,
                documents=stats.documents,
                passages=stats.chunks,
                updated_at=stats.updated_at,
                languages=dict(stats.languages),
                fields=dict(stats.metadata_schema),
            )
            for stats in all_stats
        ]
    )
    shown = [
        f"{known.name}: {known.documents} documents; fields: {', '.join(sorted(known.fields)) or 'none'}"
        for known in answer.collections
    ]
    return _result(answer, "\n".join(shown) or "There are no collections.")


def _alike(hit: HitBody) -> str:
    """A line that names the near-duplicates."""
    names = ", ".join(other.document_id for other in hit.near_duplicates)
    return f"\n   near-duplicates: {names}" if names else ""


def _comma(place: str) -> str:
    return f", {place}" if place else ""


def _result(answer: BaseModel, text: str) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=answer.model_dump(mode="json")
    )
