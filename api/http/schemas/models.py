"""Models on offer, in OpenAI's shape with what Winnow knows beside it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.http.schemas.base import Answer


class ModelBody(Answer):
    id: str = Field(description="what requests call it")
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "winnow"
    kind: Literal["encoder", "reranker"]
    collections: list[str] = Field(description="collections that use it")


class ModelList(Answer):
    object: Literal["list"] = "list"
    data: list[ModelBody]
