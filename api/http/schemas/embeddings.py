"""Embeddings, as OpenAI has them: https://platform.openai.com/docs/api-reference/embeddings"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, ConfigDict, Field

from api.answers.base import Answer
from api.http.schemas.base import RequestBody, examples, explained, kind_of
from engine.models.checkpoints.presets import BUNDLED
from engine.types import Float32
from engine.vectors.codecs import binary_codes, int8_codes

Encoding = Literal["float", "base64", "int8", "uint8", "binary", "ubinary"]
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
    encoding_format: Encoding = Field(
        "float",
        description="`base64` is of float32; `int8` and `uint8` are whole numbers, each vector scaled so that its "
        "largest is 127, to be compared by cosine (uint8 is 128 more); `binary` and `ubinary` are its signs, eight to "
        "a number (binary is 128 less)",
    )
    dimensions: int | None = Field(
        None, ge=1, description="what the model has, or fewer where it was trained for that (Matryoshka)"
    )
    input_type: Literal["query", "document"] = Field(
        "document", description="what the texts are: models tell them apart"
    )
    user: str | None = Field(None, max_length=512, description="not looked at")

    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input


class EmbeddingBody(Answer):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[int] | list[float] | str = Field(description="numbers, or base64 of little-endian float32")


class EmbeddingUsage(Answer):
    prompt_tokens: int
    total_tokens: int


class EmbeddingsAnswer(Answer):
    object: Literal["list"] = "list"
    model: str
    data: list[EmbeddingBody]
    usage: EmbeddingUsage


def encoded(vectors: Float32, encoding: Encoding) -> Iterator[list[int] | list[float] | str]:
    """Vectors, shape (n, d), as they go over the wire, one by one."""
    if encoding == "base64":
        return (base64.b64encode(vector.tobytes()).decode() for vector in vectors.astype("<f4"))
    return (row.tolist() for row in _NUMBERS[encoding](vectors))


# int8 and the signs are the codes that collections keep (engine/vectors/codecs.py).
_NUMBERS: Mapping[Encoding, Callable[[Float32], NDArray[Any]]] = {
    "float": lambda vectors: vectors,
    "int8": lambda vectors: int8_codes(vectors)[0],
    "uint8": lambda vectors: int8_codes(vectors)[0].astype(np.int16) + 128,
    "binary": lambda vectors: binary_codes(vectors).astype(np.int16) - 128,
    "ubinary": binary_codes,
}
