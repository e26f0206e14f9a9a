"""Embeddings, as OpenAI has them: https://platform.openai.com/docs/api-reference/embeddings"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from api.answers.base import Answer
from api.http.schemas.base import RequestBody, examples, explained, kind_of
from engine.models.checkpoints.presets import BUNDLED
from engine.types import Float32

MOST_TEXTS = 2048
LONGEST_TEXT = 1_000_000  # code points


def _texts_only(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    for place, item in enumerate(items):
        if not isinstance(item, str):
            raise explained(
                "string_type",
                f"`input` is a text or a list of texts, and item {place} is {kind_of(item)}.",
                "Token ids are not understood; LangChain sends texts with check_embedding_ctx_length=False.",
            )
    return value


class EmbeddingsBody(RequestBody):
    """OpenAI's request, and `input_type`: many models read queries otherwise than documents."""

    model_config = ConfigDict(json_schema_extra=examples({"model": BUNDLED, "input": ["how much leave do I have"]}))

    model: str = Field(min_length=1, max_length=512, description="an encoder of GET /v1/models")
    input: Annotated[str | list[str], BeforeValidator(_texts_only)] = Field(
        description="one text, or up to 2,048; token ids are not understood"
    )
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, ge=1, description="only what the model has")
    input_type: Literal["query", "document"] = "document"
    user: str | None = Field(None, max_length=512, description="not looked at")

    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input


class EmbeddingBody(Answer):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str = Field(description="numbers, or base64 of little-endian float32")


class EmbeddingUsage(Answer):
    prompt_tokens: int
    total_tokens: int


class EmbeddingsAnswer(Answer):
    object: Literal["list"] = "list"
    model: str
    data: list[EmbeddingBody]
    usage: EmbeddingUsage


def encoded(vector: Float32, encoding: Literal["float", "base64"]) -> list[float] | str:
    """A vector, shape (d,), as it goes over the wire."""
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    floats: list[float] = vector.tolist()
    return floats
