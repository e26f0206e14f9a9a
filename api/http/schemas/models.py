"""Models on offer, in OpenAI's shape with what Winnow knows beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from api.answers.base import Answer
from api.service.models import Kind, ModelCard


class ModelBody(Answer):
    id: str = Field(description="what requests call it")
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "winnow"
    kind: Kind = Field(description="the encoder's, where an encoder and a reranker have one name, as `bundled` is both")
    kinds: list[Kind] = Field(description="what requests may name it as")
    collections: list[str] = Field(description="collections that use it")


class ModelList(Answer):
    object: Literal["list"] = "list"
    data: list[ModelBody]


def models_of(cards: Iterable[ModelCard]) -> list[ModelBody]:
    """One entry for each name, in the order of the kinds and names."""
    named: dict[str, list[ModelCard]] = {}
    for card in cards:
        named.setdefault(card.name, []).append(card)
    return [
        ModelBody(
            id=name,
            kind=same[0].kind,
            kinds=[card.kind for card in same],
            collections=sorted({collection for card in same for collection in card.collections}),
        )
        for name, same in named.items()
    ]
