"""Reranking, as Cohere (v1 and v2) and Jina have it, so that their clients work unchanged.

https://docs.cohere.com/reference/rerank, https://jina.ai/reranker
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.answers.base import Answer
from api.http.schemas.base import RequestBody, examples
from engine.models.checkpoints.presets import BUNDLED
from engine.query.request import LONGEST_QUERY

MOST_PASSAGES = 1000
LONGEST_PASSAGE = 1_000_000  # code points


class TextDocument(RequestBody):
    """A passage as an object; Cohere v1 and Jina allow it."""

    text: str = Field(max_length=LONGEST_PASSAGE)


class RerankBody(RequestBody):
    """Cohere's and Jina's request. What either has and Winnow has no use for is accepted where it changes nothing."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "model": BUNDLED,
                "query": "how much leave do I have",
                "documents": ["Every employee has 30 days of leave.", "The canteen opens at noon."],
                "top_n": 1,
            }
        )
    )

    model: str = Field(BUNDLED, min_length=1, max_length=512, description="a reranker of GET /v1/models")
    query: str = Field(min_length=1, max_length=LONGEST_QUERY, description="what the passages are judged for")
    documents: list[str | TextDocument] = Field(
        min_length=1, max_length=MOST_PASSAGES, description="passages: texts, or objects with a `text`"
    )
    top_n: int | None = Field(None, ge=1, description="how many results; all by default")
    return_documents: bool = Field(False, description="send the documents back (Cohere v1, Jina)")
    return_labels: bool = Field(
        False, description="of a model with several labels (natural language inference), the probability of each"
    )
    rank_fields: list[Literal["text"]] | None = Field(None, description="Cohere v1; `text` is the only field")
    max_chunks_per_doc: Literal[1] | None = Field(None, description="Cohere v1; a document is read in one piece")
    max_tokens_per_doc: int | None = Field(None, ge=1, description="Cohere v2; the model's own limit holds")
    truncation: Literal[True] | None = Field(None, description="Jina; what is too long is cut")
    priority: int | None = Field(None, ge=0, le=999, description="Cohere v2; requests are served as they come")

    def passages(self) -> list[str]:
        return [document if isinstance(document, str) else document.text for document in self.documents]


class RerankedText(Answer):
    text: str


class RerankResult(Answer):
    index: int = Field(description="into `documents`")
    relevance_score: float = Field(description="in (0, 1): the logistic function of the model's score")
    document: RerankedText | None = None
    labels: dict[str, float] | None = Field(None, description="with `return_labels`: label -> probability")


class RerankAnswer(Answer):
    """Results by falling relevance."""

    id: str
    model: str
    results: list[RerankResult]
    meta: dict[str, Any] = Field(description="as Cohere's")
