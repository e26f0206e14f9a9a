"""Documents: sent, read, listed."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from api.answers.base import Answer, metadata_of
from api.answers.passages import PassageSpan
from api.answers.places import places_to_json
from api.http.schemas.base import RequestBody, examples
from api.service.documents import StoredDocument
from engine.text.places import places_of_each
from engine.types import Document
from indexer.sources.submitted import Submitted

MOST_DOCUMENTS = 1000  # in one request
LONGEST_TEXT = 16_000_000  # code points


class DocumentText(RequestBody):
    """A document as text. Metadata values are strings, numbers, booleans, dates (2020-01-31) or lists of strings."""

    id: str = Field(min_length=1, max_length=2048)
    text: str | None = Field(max_length=LONGEST_TEXT, description="null is an empty text: its title is the passage")
    title: str = Field("", max_length=4096, description="counts for more than the text where words match")
    uri: str | None = Field(None, max_length=4096, description="where a person finds the original; the id by default")
    language: str | None = Field(None, max_length=64, description="such as `en`; detected by default")
    metadata: dict[str, Any] = Field({}, max_length=256)

    def to_submitted(self) -> Submitted:
        return Submitted(self.id, self.text or "", self.title, self.uri, self.language, self.metadata)


class PutDocuments(RequestBody):
    """Documents to add, or to put in the place of those with the same id."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "documents": [
                    {
                        "id": "leave-2026",
                        "title": "Annual leave",
                        "text": "Every employee has 30 days of leave a year.",
                        "metadata": {"year": 2026, "tags": ["handbook"]},
                    }
                ]
            }
        )
    )

    documents: list[DocumentText] = Field(
        min_length=1, max_length=MOST_DOCUMENTS, description="each in the place of the one with its id"
    )


class DeleteDocuments(RequestBody):
    """Documents to delete in one commit: all of them, or none if one is unknown."""

    model_config = ConfigDict(json_schema_extra=examples({"ids": ["leave-2025", "leave-2024"]}))

    ids: list[str] = Field(min_length=1, max_length=MOST_DOCUMENTS, description="as a search returns them")


class DocumentSummary(Answer):
    id: str
    uri: str
    title: str
    language: str
    metadata: dict[str, Any]


class DocumentBody(DocumentSummary):
    text: str
    passages: list[PassageSpan] = Field(description="what searches find of it, in order")
    generation: int


class DocumentList(Answer):
    """One page. All pages of a listing are of one generation; `cursor` leads on, null on the last page."""

    documents: list[DocumentSummary]
    generation: int
    cursor: str | None


class Deleted(Answer):
    deleted: list[str]
    generation: int


def summary_of(document: Document) -> DocumentSummary:
    return DocumentSummary(**_summary(document))


def document_of(stored: StoredDocument) -> DocumentBody:
    document = stored.document
    placed = zip(stored.passages, places_of_each(document.text, stored.locators, stored.passages), strict=True)
    passages = [PassageSpan(start=start, end=end, **places_to_json(places)) for (start, end), places in placed]
    return DocumentBody(**_summary(document), text=document.text, passages=passages, generation=stored.generation)


def _summary(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "uri": document.uri,
        "title": document.title,
        "language": document.language,
        "metadata": metadata_of(document.metadata),
    }
