"""Answers of the tools: structured content, small since a language model reads it, and the same as short text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from api.answers.base import metadata_of, plain
from api.answers.merging import MergedResult
from api.answers.passages import PlaceBody
from api.answers.places import places_to_json
from api.answers.searching import (
    FacetValue,
    HitBody,
    LabelledHitBody,
    MultiSearchAnswer,
    ReadingBody,
    SearchAnswer,
    WhyNotBody,
    answer_of,
    hit_of,
    merged_answer_of,
)
from api.http.schemas.documents import Deleted
from api.service.fields import FieldValues
from api.service.job_files import Job
from engine.store.collections import CollectionStats
from engine.text.places import places_of
from engine.types import Document, Locator, SearchResult

IN_WORDS = "where it stands in the file, such as page 47; empty if that is not known"


class Passages(BaseModel):
    """Passages, best first. `degraded` names stages that could not do their full work."""

    query: str
    hits: list[HitBody]
    degraded: list[str]


class Found(Passages):
    """Passages of collections. `merged_by` says how several collections were brought into one order: by calibrated
    `relevance`, or where that is not known by the question's `words` that a hit holds. `facets` counts documents by
    value; `cursor` asks for the next page.
    """

    hits: list[LabelledHitBody | HitBody]
    collections: list[str]
    merged_by: str | None
    reading: ReadingBody | None = Field(description="how the query was read; null for several collections")
    facets: dict[str, list[FacetValue]]
    why_not: WhyNotBody | None
    cursor: str | None


class FieldInfo(BaseModel):
    """A metadata field. `low` and `high` are of numbers and dates; `values` are the 20 most frequent."""

    name: str
    type: str
    low: str | float | int | bool | None
    high: str | float | int | bool | None
    values: list[FacetValue]


class FieldsInfo(BaseModel):
    """The fields that filters, sort and facets may name, beside id, uri, title and language."""

    collection: str
    fields: list[FieldInfo]


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


class FailedDocument(BaseModel):
    """A document that was not stored, or not wholly."""

    document_id: str
    reason: str


class Written(BaseModel):
    """Counts of documents that were sent. `state` is `done`, or `running` if it takes longer; `error` tells a fault."""

    state: str
    added: int
    updated: int
    unchanged: int
    failed: list[FailedDocument]
    error: str | None


def passages(result: SearchResult) -> CallToolResult:
    """Hits with their passages' texts."""
    hits = [HitBody.model_validate(hit_of(hit)) for hit in result.hits]
    answer = Passages(query=result.query, hits=hits, degraded=list(result.degraded))
    return _result(answer, _shown(answer.hits))


def found(result: SearchResult, collection: str) -> CallToolResult:
    """Hits of one collection, and what else was asked for."""
    whole = SearchAnswer.model_validate(answer_of(result, collection, explain=False))
    answer = Found(
        query=whole.query,
        hits=list(whole.hits),
        degraded=whole.degraded,
        collections=[collection],
        merged_by=None,
        reading=whole.reading,
        facets=whole.facets,
        why_not=whole.why_not,
        cursor=whole.cursor,
    )
    notes = [f"Searched for: {whole.reading.searched_for}"] if whole.reading.searched_for else []
    notes += [f"No document has: {', '.join(whole.reading.nowhere)}"] if whole.reading.nowhere else []
    notes += [f"Not done in full: {', '.join(whole.degraded)}"] if whole.degraded else []
    notes += [f"{name}: {_counted(counts)}" for name, counts in whole.facets.items()]
    notes += [f"Why not {whole.why_not.document_id}: {whole.why_not.message}"] if whole.why_not else []
    notes += [f"Next page: cursor={whole.cursor}"] if whole.cursor else []
    return _result(answer, "\n\n".join([_shown(whole.hits), *notes]))


def found_in_several(merged: MergedResult, query: str) -> CallToolResult:
    """Hits of several collections in one order."""
    whole = MultiSearchAnswer.model_validate(merged_answer_of(merged, query, explain=False))
    answer = Found(
        query=query,
        hits=list(whole.hits),
        degraded=sorted({reason for about in whole.collections.values() for reason in about.degraded}),
        collections=list(whole.collections),
        merged_by=whole.merged_by,
        reading=None,
        facets={},
        why_not=None,
        cursor=None,
    )
    return _result(answer, _shown(whole.hits))


def fields(collection: str, known: Sequence[FieldValues]) -> CallToolResult:
    """The fields of a collection."""
    answer = FieldsInfo(
        collection=collection,
        fields=[
            FieldInfo(
                name=field.name,
                type=field.type,
                low=None if field.low is None else plain(field.low),
                high=None if field.high is None else plain(field.high),
                values=[FacetValue(value=plain(entry.value), count=entry.count) for entry in field.values],
            )
            for field in known
        ],
    )
    shown = [
        f"{field.name} ({field.type}{'' if field.low is None else f', {field.low} to {field.high}'}): "
        f"{_counted(field.values)}"
        for field in answer.fields
    ]
    return _result(answer, "\n".join(shown) or "No document has metadata.")


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


def written(job: Job) -> CallToolResult:
    """Outcome of sending documents."""
    report = job.report
    answer = Written(
        state=job.state,
        added=report.added if report else 0,
        updated=report.updated if report else 0,
        unchanged=report.unchanged if report else 0,
        failed=[FailedDocument(document_id=one.source, reason=one.reason) for one in report.failed] if report else [],
        error=f"{job.error.message} {job.error.remedy} ({job.error.code})" if job.error else None,
    )
    said = f"{answer.state}: {answer.added} added, {answer.updated} updated, {answer.unchanged} unchanged."
    said += "".join(f"\nFailed: {one.document_id}: {one.reason}" for one in answer.failed)
    return _result(answer, f"{answer.state}: {answer.error}" if answer.error else said)


def deleted(body: Deleted) -> CallToolResult:
    """Ids of the documents that are gone."""
    return _result(body, f"Deleted: {', '.join(body.deleted)}")


def _shown(hits: Sequence[HitBody]) -> str:
    """Hits as text, with what was asked for around them."""
    return "\n\n".join(map(_shown_hit, hits)) or "Nothing was found."


def _shown_hit(hit: HitBody) -> str:
    part = hit.context or hit
    where = f"collection: {hit.collection}  " if isinstance(hit, LabelledHitBody) else ""
    relevance = "" if hit.relevance is None else f", relevance {hit.relevance:.2f}"
    inner = "".join(f"\n[also, characters {other.start}-{other.end}] {other.text}" for other in hit.inner_hits)
    return (
        f"{hit.rank}. {hit.title or hit.document_id}\n   {where}document_id: {hit.document_id}  "
        f"characters {part.start}-{part.end}{_comma(hit.place)}{relevance}{_alike(hit)}\n{part.text}{inner}"
    )


def _counted(values: Sequence[FacetValue]) -> str:
    return ", ".join(f"{entry.value} ({entry.count})" for entry in values)


def _comma(place: str) -> str:
    return f", {place}" if place else ""


def _result(answer: BaseModel, text: str) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=answer.model_dump(mode="json")
    )
