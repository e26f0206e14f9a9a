"""Collections: make, list, describe, delete, and complete what somebody types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from api.service.examples import examples
from api.service.models import BUNDLED, Models
from api.service.presence import Presence
from api.service.readers import Readers
from api.service.suggestions import Suggestions
from engine.collection import NO_RERANKER
from engine.errors import CollectionExists
from engine.probability.calibration import Calibration
from engine.recipe import Recipe
from engine.store.catalogue.catalogue import Catalogue
from engine.store.collections import (
    CollectionStats,
    CollectionSummary,
    collection_stats,
    list_collections,
    stats_of,
)
from engine.store.deletion import delete_collection
from engine.store.layout import check_name
from engine.store.renaming import rename_collection
from engine.store.views.view import text_size
from engine.store.writer import open_writer
from engine.types import MetadataType
from indexer.chunking.chunker import Chunker
from indexer.chunking.kinds import DEFAULT, kind_named
from indexer.configuring import collection_config
from indexer.prompting import NO_PROMPTS, AskedPrompts


@dataclass(frozen=True, slots=True)
class Outline:
    """Facts of a collection that a search needs: cheap, unlike its stats. Living documents and chunks."""

    documents: int
    chunks: int
    metadata_schema: Mapping[str, MetadataType]
    calibrated: bool  # whether hits have a relevance

    @property
    def fields(self) -> list[str]:
        return sorted(self.metadata_schema)


@dataclass(frozen=True, slots=True)
class Shape:
    """The make of a collection: living and deleted passages of each segment, what gives its hits a relevance."""

    segments: tuple[tuple[int, int], ...]
    calibration: Calibration | None


class Collections:
    """The collections of a home."""

    def __init__(self, home: Path, models: Models, readers: Readers) -> None:
        self._home = home
        self._models = models
        self._readers = readers
        self._suggestions = Suggestions()
        self._presence = Presence(home)

    def create(
        self,
        name: str,
        encoder: str = BUNDLED,
        reranker: str = BUNDLED,
        chunker: str = DEFAULT,
        prompts: AskedPrompts = NO_PROMPTS,
    ) -> CollectionStats:
        """An empty collection. UsageError, CollectionExists, ModelNotFound, HomeMissing, NotInCluster."""
        self._readers.check_writable()
        kind = kind_named(chunker)
        self._presence.check()
        check_name(name)
        if any(row.name == name for row in Catalogue(self._home).rows()):
            raise CollectionExists(f"There is a collection {name!r} already.", "Choose another name, or delete it.")
        if reranker != NO_RERANKER:
            self._models.check(reranker, "reranker")
        model = prompts.put_on(self._models.encoder(encoder))
        config = collection_config({"encoder": encoder, "reranker": reranker}, model, Chunker.for_encoder(model, kind))
        with open_writer(self._home, name, config):
            pass
        return self.stats(name)

    def all(self) -> list[CollectionSummary]:
        """Every collection by name. HomeMissing."""
        self._presence.check()
        if self._readers.filter is None:
            return list_collections(self._home)
        every = [self.stats(name) for name in self.names()]
        return [
            CollectionSummary(one.name, one.uuid, one.generation, one.documents, one.chunks, one.updated_at)
            for one in every
        ]

    def stats(self, name: str) -> CollectionStats:
        """Statistics of a collection, or of the part of it that is seen, whose bytes are those of its texts.
        CollectionNotFound, HomeMissing.
        """
        self._presence.check()
        if self._readers.filter is None:
            return collection_stats(self._home, name)
        row = Catalogue(self._home).get(name)
        with self._readers.look(name) as generation:
            return replace(stats_of(generation, row, text_size(generation)), tombstoned=0)

    def recipe(self, name: str) -> Recipe:
        """The recipe that a collection has chosen. CollectionNotFound."""
        with self._readers.open(name) as collection:
            return collection.searcher.recipe

    def names(self) -> list[str]:
        """Names of all collections, sorted, by one look at the catalogue.

        HomeMissing, CatalogueMissing, CatalogueUnavailable.
        """
        self._presence.check()
        return sorted(row.name for row in Catalogue(self._home).rows())

    def outline(self, name: str) -> Outline:
        """The outline of a collection. CollectionNotFound."""
        with self._readers.open(name) as collection:
            manifest = collection.generation.manifest
            return Outline(
                manifest.living.documents,
                manifest.living.chunks,
                manifest.metadata_schema,
                collection.searcher.calibration is not None,
            )

    def shape(self, name: str) -> Shape:
        """The shape of a collection. CollectionNotFound."""
        with self._readers.open(name) as collection:
            entries = collection.generation.manifest.segments
            parts = tuple((entry.living.chunks, entry.chunks - entry.living.chunks) for entry in entries)
            return Shape(parts, collection.searcher.calibration)

    def delete(self, name: str) -> None:
        """Delete a collection. CollectionNotFound; WriterBusy while somebody writes to it; HomeMissing; NotInCluster.
        Requests that run are answered.
        """
        self._readers.check_writable()
        self._presence.check()
        delete_collection(self._home, name)
        self._readers.forget(name)

    def rename(self, name: str, new: str) -> None:
        """Give a collection another name. Requests that run are answered.

        UsageError, CollectionNotFound, CollectionExists, HomeMissing; WriterBusy while somebody writes to it;
        NotInCluster.
        """
        self._readers.check_writable()
        self._presence.check()
        rename_collection(self._home, name, new)

    def examples(self, name: str, most: int) -> list[str]:
        """Questions that the collection can answer, made of its headings. CollectionNotFound."""
        with self._readers.open(name) as collection:
            return examples(collection.generation, most)

    def suggest(self, name: str, prefix: str, limit: int) -> list[str]:
        """Titles, and words of titles, that begin with `prefix`."""
        with self._readers.open(name) as collection:
            return self._suggestions.complete(collection.generation, prefix, limit)
