"""Contents of a home: its collections, and the numbers of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.probability.calibration import Calibration
from engine.recipe import Recipe
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.files import size_of_tree
from engine.store.generation import Generation, open_generation
from engine.store.layout import Home
from engine.store.manifest import Manifest
from engine.types import MetadataType


@dataclass(frozen=True, slots=True)
class CollectionSummary:
    """One line of a list of collections. Living documents and chunks."""

    name: str
    uuid: str
    generation: int
    documents: int
    chunks: int
    updated_at: str


@dataclass(frozen=True, slots=True)
class CollectionStats:
    """`documents` and `chunks` are those not deleted, `tombstoned` the deleted chunks that a merge would reclaim.

    `bytes` is everything below the collection's directory, older generations and leftovers included.
    """

    name: str
    uuid: str
    generation: int
    created_at: str
    updated_at: str
    documents: int
    chunks: int
    tombstoned: int
    segments: int
    dense_coverage: float  # share of the living chunks that have vectors
    bytes: int
    languages: Mapping[str, int]  # living chunks, most frequent first
    models: Mapping[str, str | None]
    chunker: str  # what cuts its documents, with its version and sizes
    runtimes: tuple[str, ...]  # what embedded them, such as "onnx float32"; none where none was needed
    dimension: int
    prompts: Mapping[str, str]  # what its encoder reads before each query and document, by role
    metadata_schema: Mapping[str, MetadataType]
    roots: Mapping[str, str]  # the folders that ids begin below, by name
    recipe: Recipe
    evidence: Mapping[str, Any] | None  # why this recipe; None where it was not tuned
    calibration: Calibration | None
    certificate: Mapping[str, Any] | None  # what the codes lose; None where nobody has measured it, or of another model


def list_collections(home: Path) -> list[CollectionSummary]:
    """Every collection by name. CatalogueMissing if collections lie on disk that no catalogue knows."""
    summaries = []
    for row in Catalogue(home).rows():
        with open_generation(home, row.name) as generation:
            living = generation.manifest.living
            summaries.append(
                CollectionSummary(
                    row.name, row.uuid, generation.number, living.documents, living.chunks, row.updated_at
                )
            )
    return summaries


def collection_stats(home: Path, name: str) -> CollectionStats:
    """The numbers of a collection's current generation. CollectionNotFound, CatalogueMissing, StoreDamaged."""
    row = Catalogue(home).get(name)
    with open_generation(home, name) as generation:
        return stats_of(generation, row, size_of_tree(Home(home).collection(row.uuid).root))


def stats_of(generation: Generation, row: CollectionRow, size: int) -> CollectionStats:
    """The numbers of a generation whose collection takes `size` bytes."""
    manifest = generation.manifest
    return CollectionStats(
        name=row.name,
        uuid=manifest.uuid,
        generation=manifest.generation,
        created_at=row.created_at,
        updated_at=row.updated_at,
        documents=manifest.living.documents,
        chunks=manifest.living.chunks,
        tombstoned=sum(entry.chunks - entry.living.chunks for entry in manifest.segments),
        segments=len(manifest.segments),
        dense_coverage=manifest.dense_coverage,
        bytes=size,
        languages=dict(manifest.languages.most_common()),
        models=manifest.models,
        chunker=manifest.index_fingerprint.chunker,
        runtimes=manifest.index_fingerprint.runtimes,
        dimension=manifest.query_fingerprint.dimension,
        prompts=manifest.query_fingerprint.prompts,
        metadata_schema=manifest.metadata_schema,
        roots={root.name: root.path for root in manifest.roots.all},
        recipe=manifest.recipe,
        evidence=manifest.evidence,
        calibration=manifest.calibration,
        certificate=_valid(manifest),
    )


def _valid(manifest: Manifest) -> Mapping[str, Any] | None:
    """The certificate, unless the collection was embedded by another model since."""
    found = manifest.certificate
    return found if found is not None and found["encoder"] == manifest.query_fingerprint.weights else None
