"""One side of a difference: an opened generation, its answers, and what its documents contain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.collection import Collection
from engine.errors import WinnowError
from engine.query.pipeline import Request
from engine.types import StageName


@dataclass(frozen=True, slots=True)
class Answer:
    """`top`: the first k document ids; `ranks`: document -> stage -> rank from 1; `error`: why there is none."""

    top: tuple[str, ...] = ()
    ranks: Mapping[str, Mapping[StageName, int]] | None = None
    degraded: tuple[str, ...] = ()
    error: str | None = None

    def rank(self, document: str, stage: StageName) -> int | None:
        """The document's place in a stage's list, or None if it is not in it."""
        return (self.ranks or {}).get(document, {}).get(stage)


class Side:
    """Answers queries from one pinned generation with its own models and recipe."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._hashes: dict[str, str | None] = {}

    def answer(self, text: str, k: int) -> Answer:
        """Every stage's ranks, and the first k documents. A query that is refused is recorded, not raised."""
        try:
            ranking = self._collection.searcher.rank(Request(text, k))
        except WinnowError as error:
            return Answer(error=str(error))
        top = tuple(document for document, _ in ranking.stages[ranking.final][:k])
        ranks = {
            document: {stage: score.rank for stage, score in stages.items()}
            for document, stages in ranking.places().items()
        }
        return Answer(top, ranks, ranking.degraded)

    def content_hash(self, document: str) -> str | None:
        """Content hash of the living document with this id; None if there is none."""
        if document not in self._hashes:
            self._hashes[document] = self._read_hash(document)
        return self._hashes[document]

    def describe(self) -> dict[str, Any]:
        """Description of this side: collection, generation, models and recipe."""
        manifest = self._collection.generation.manifest
        return {
            "collection": manifest.collection,
            "generation": manifest.generation,
            "documents": manifest.living.documents,
            "models": dict(manifest.models),
            "recipe": self._collection.searcher.recipe.to_json(),
        }

    def _read_hash(self, document: str) -> str | None:
        generation = self._collection.generation
        place = generation.find(document)
        if place is None:
            return None
        segment, row = place
        return str(generation.segments[segment].documents.column("content_hash")[row].as_py())
