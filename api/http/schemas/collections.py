"""Collections: made, listed, described."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import ConfigDict, Field

from api.answers.base import Answer
from api.http.schemas.base import RequestBody, examples
from engine.models.checkpoints.presets import BUNDLED
from engine.store.collections import CollectionStats, CollectionSummary
from engine.store.names import COLLECTION
from indexer.chunking.kinds import DEFAULT, Name


class CreateCollection(RequestBody):
    """A new, empty collection, and the models, the chunker and the prompts that it keeps for its life."""

    model_config = ConfigDict(json_schema_extra=examples({"name": "manuals"}))

    name: str = Field(pattern=f"^{COLLECTION.pattern}$", description="letters a-z, digits, - and _")
    encoder: str = Field(BUNDLED, min_length=1, max_length=512, description="one of GET /v1/models")
    reranker: str = Field(BUNDLED, min_length=1, max_length=512, description="one of GET /v1/models, or `none`")
    chunker: Name = Field(DEFAULT, description="how documents are cut into passages")
    query_prompt: str | None = Field(None, max_length=2000, description="read before each query; else the encoder's")
    document_prompt: str | None = Field(None, max_length=2000, description="read before each passage; likewise")


class RenameCollection(RequestBody):
    """The new name of a collection."""

    model_config = ConfigDict(json_schema_extra=examples({"name": "manuals-2026"}))

    name: str = Field(pattern=f"^{COLLECTION.pattern}$", description="letters a-z, digits, - and _")


class CollectionBody(Answer):
    name: str
    generation: int = Field(description="goes up with every commit")
    documents: int
    chunks: int
    updated_at: str


class CollectionList(Answer):
    collections: list[CollectionBody]


class StatsBody(CollectionBody):
    """`documents` and `chunks` are those not deleted, `tombstoned` the deleted chunks that a merge would reclaim."""

    created_at: str
    tombstoned: int
    segments: int
    bytes: int
    languages: dict[str, int] = Field(description="chunks by ISO 639-1 code")
    models: dict[str, str | None]
    chunker: str = Field(description="what cuts its documents into passages, with its version and sizes in tokens")
    runtimes: list[str] = Field(
        description='what embedded them, each a run-time and its precision ("onnx float32"); "unknown" for those of an '
        "older Winnow, empty where the encoder needs none"
    )
    dimension: int
    prompts: dict[str, str] = Field(description="what the encoder reads before each query and document")
    metadata_schema: dict[str, str] = Field(description="type of each metadata field")
    recipe: dict[str, Any]
    calibrated: bool = Field(description="whether hits have a relevance")


class Suggestions(Answer):
    suggestions: list[str]


def summary_of(summary: CollectionSummary) -> CollectionBody:
    return CollectionBody(
        name=summary.name,
        generation=summary.generation,
        documents=summary.documents,
        chunks=summary.chunks,
        updated_at=summary.updated_at,
    )


def stats_of(stats: CollectionStats) -> StatsBody:
    known = asdict(stats)
    calibrated = stats.calibration is not None
    return StatsBody(**{name: known[name] for name in StatsBody.model_fields if name in known}, calibrated=calibrated)
