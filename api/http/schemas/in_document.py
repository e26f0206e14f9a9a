"""In-document search: a document with its question."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from api.answers.base import Answer
from api.answers.searching import SearchAnswer
from api.asking import Collapse
from api.http.schemas.base import RequestBody, examples
from api.http.schemas.documents import LONGEST_TEXT
from api.http.schemas.searching import SearchOptions
from engine.models.checkpoints.presets import BUNDLED
from indexer.sources.submitted import Submitted

DEPTH = "how many passages are reranked; null: the best 24 with `bundled-static`, 20 with another encoder"
ENCODER = (
    "one of GET /v1/models; null: `bundled-static`, which takes no time, or `bundled-multilingual` for a document that "
    "is not in English"
)

RERANKER = "one of GET /v1/models, or `none`"

Title = Annotated[str, Field(max_length=4096, description="of the document")]
Language = Annotated[str | None, Field(max_length=64, description="such as `en`; detected by default")]
EncoderName = Annotated[str | None, Field(min_length=1, max_length=512, description=ENCODER)]
RerankerName = Annotated[str, Field(min_length=1, max_length=512, description=RERANKER)]


class DocumentToKeep(RequestBody):
    """A text that will be asked about."""

    model_config = ConfigDict(json_schema_extra=examples({"text": "Every employee has 30 days of leave a year."}))

    text: str = Field(max_length=LONGEST_TEXT, description="the document")
    title: Title = ""
    language: Language = None
    encoder: EncoderName = None
    reranker: RerankerName = BUNDLED

    def to_submitted(self) -> Submitted:
        return Submitted("document", self.text, self.title, None, self.language)


class KeptDocument(Answer):
    handle: str = Field(description="what POST /v1/documents/search asks about the document by")
    expires_in_seconds: float = Field(description="without a question")


class DocumentSearchBody(SearchOptions):
    """A question about `text`, or with `handle` about a document that an earlier request kept."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"text": "Every employee has 30 days of leave a year.", "query": "how much leave", "keep": True},
            {"handle": "cmFuZG9tIGhhbmRsZQ", "query": "who approves it"},
        )
    )

    collapse: Collapse = Field(False, description="here passages are what is looked for, not documents")
    text: str | None = Field(None, max_length=LONGEST_TEXT, description="the document; or else its `handle`")
    title: Title = ""
    language: Language = None
    keep: bool = Field(False, description="keep the document for more questions and return a handle")
    handle: str | None = Field(None, min_length=1, max_length=64, description="of a document that was kept by `keep`")
    encoder: EncoderName = None
    reranker: RerankerName = BUNDLED

    @model_validator(mode="after")
    def _either_text_or_handle(self) -> DocumentSearchBody:
        if (self.text is None) == (self.handle is None):
            raise ValueError("give either text or handle")
        if self.handle is not None and self.keep:
            raise ValueError("a document with a handle is kept already: leave out keep")
        return self

    def to_submitted(self) -> Submitted:
        return Submitted("document", self.text or "", self.title, None, self.language)


class DocumentSearchAnswer(SearchAnswer):
    handle: str | None = Field(description="for more questions about the document; null unless it is kept")
    expires_in_seconds: float | None = Field(description="without another question")


def document_answer_of(answer: dict[str, Any], handle: str | None, seconds: float) -> dict[str, Any]:
    """The values of a `DocumentSearchAnswer`, from those of a `SearchAnswer`."""
    return {**answer, "handle": handle, "expires_in_seconds": seconds if handle else None}
