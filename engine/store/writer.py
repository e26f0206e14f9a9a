"""The one writer of a collection. A commit is durable, and all or nothing, over text, BM25, vectors and metadata.

Order of a commit: the segment's files and directories, tombstones, the pin file, the manifest, the catalogue's
transaction; each durable before the next. Whatever a crash leaves behind is named by nothing, and swept later.
"""

from __future__ import annotations

import logging
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.errors import DiskFull, DocumentNotFound, ModelMismatch, StorageFailed, StoreDamaged, UsageError
from engine.lexical.writing.segment import spare_tokens
from engine.metadata.values import spellings
from engine.probability.calibration import Calibration
from engine.recipe import Recipe
from engine.settings import settings
from engine.store.catalogue.catalogue import Catalogue, now
from engine.store.catalogue.outdated import refuse_outdated
from engine.store.creation import create_collection
from engine.store.files import disk_full_typed
from engine.store.layout import CollectionLayout, Home, check_name
from engine.store.living import Location, living_documents
from engine.store.locks import Lock, create_pin, lock_writer, mark_committed
from engine.store.manifest import CollectionConfig, Manifest, SegmentEntry, Upcoming, read_manifest, write_manifest
from engine.store.segments.batch import Batch
from engine.store.segments.deletes import delete_documents
from engine.store.segments.metadata import conform, merge_schemas
from engine.store.segments.restamped import Stamp, picked, write_restamped
from engine.store.segments.segment import Segment
from engine.store.segments.writer import Apart, here, new_segment_id, write_segment
from engine.store.sweep import SweepReport, sweep
from engine.types import MetadataType

log = logging.getLogger(__name__)

_IDS = "Document ids are what `winnow search` prints."

__all__ = ["CollectionConfig", "CollectionWriter", "open_writer"]


def open_writer(home: Path, name: str, create: CollectionConfig | None = None) -> CollectionWriter:
    """Take the collection's writer lock, making the collection first if it is absent and `create` is given.

    UsageError for an impossible name; CollectionNotFound; CatalogueMissing; WriterBusy; ModelMismatch if the
    collection was indexed with another model than `create` names; StoreDamaged; DiskFull; StorageFailed.
    """
    check_name(name)
    catalogue = Catalogue(home)
    with disk_full_typed(home):
        row = create_collection(home, name, create) if create is not None else catalogue.get(name)
    layout = Home(home).collection(row.uuid)
    if not layout.root.is_dir():
        raise StoreDamaged(f"{layout.root} is missing, though the catalogue knows {name!r}.", "Restore a backup.")
    with disk_full_typed(home):
        lock = lock_writer(layout.writer_lock, name)
    try:
        writer = CollectionWriter(catalogue, layout, name, lock)
        if create is not None:
            _check_model(writer.manifest, create)
    except BaseException:
        lock.release()
        raise
    return writer


class CollectionWriter:
    """Holds the writer's lock from `open_writer` to `close`. Not for several threads at once."""

    def __init__(self, catalogue: Catalogue, layout: CollectionLayout, name: str, lock: Lock) -> None:
        self.layout = layout
        self.name = name
        self.apart: Apart = here  # has the words of a commit's text indexed
        self._catalogue = catalogue
        self._lock = lock
        self._documents: dict[str, Location] | None = None
        self._opened: dict[str, Segment] = {}
        self._manifest: Manifest | None = None
        self._manifest = self.manifest

    @property
    def manifest(self) -> Manifest:
        """The current generation's manifest."""
        if self._manifest is None:  # first use, or a commit failed and only the catalogue knows how far it came
            row = self._catalogue.get(self.name)
            refuse_outdated(self.layout, row)
            self._manifest = read_manifest(self.layout, row.generation)
        return self._manifest

    def content_hashes(self) -> dict[str, str]:
        """Living document id -> content hash."""
        return {name: location.content_hash for name, location in self._located().items()}

    def stored(self, name: str) -> tuple[Segment, int] | None:
        """The segment and the row of a living document, for its text; None if there is no such document."""
        location = self._located().get(name)
        if location is None:
            return None
        if location.segment not in self._opened:
            entry = next(entry for entry in self.manifest.segments if entry.id == location.segment)
            dimension = self.manifest.query_fingerprint.dimension
            self._opened[entry.id] = Segment(self.layout.segment(entry.id), entry, dimension)
        return self._opened[location.segment], location.row

    def commit(
        self,
        batch: Batch | None,
        deletes: Collection[str] = (),
        metadata_schema: Mapping[str, MetadataType] | None = None,
        recipe: Recipe | None = None,
        evidence: Mapping[str, Any] | None = None,
        calibration: Calibration | None = None,
        certificate: Mapping[str, Any] | None = None,
    ) -> Manifest:
        """One generation more: with the batch's documents, without their older versions and without `deletes`.

        Durable when it returns. Where there is nothing to change the current manifest is returned. Fields of the
        batch's metadata that the schema lacks are added to it, and others widened where a value is of another type. A
        recipe comes with its `evidence` (JSON) and its `calibration`: those of the recipe that it replaces are dropped.
        A `certificate` (JSON) replaces the one before.
        Raises, with the collection as it was: UsageError (a document twice, metadata that cannot be stored, a
        broken chunk), ModelMismatch (dimension), DocumentNotFound (`deletes` names an unknown document), DiskFull,
        StorageFailed.
        """
        self._check_open()
        current = self.manifest
        batch = batch if batch is not None and batch.documents else None
        if batch is not None:
            batch.check(current.query_fingerprint.dimension)
        schema = _schema(current, batch, metadata_schema or {})
        removed = self._removed_by(batch, deletes)
        index = current.index_fingerprint.with_runtimes(batch.runtimes if batch else ())
        following = replace(current, metadata_schema=schema, index_fingerprint=index)
        if recipe is not None:
            following = replace(following, recipe=recipe, evidence=evidence, calibration=calibration)
        if certificate is not None:
            following = replace(following, certificate=certificate)
        if batch is None and not removed and following == current:
            return current
        return self._commit(following, batch, removed)

    def adopt(self, made: Manifest) -> Manifest:
        """One generation more: with the one segment of a manifest that was made elsewhere, whose files are in the
        collection's directory, durable, and without older versions of its documents. Durable when it returns. Raises,
        with the collection as it was: StoreDamaged, DiskFull, StorageFailed.
        """
        self._check_open()
        [entry] = made.segments
        current, located = self.manifest, self._located()
        arriving = living_documents(self.layout, replace(current, segments=(entry,)))
        removed = {name: located[name] for name in arriving if name in located}
        schema = merge_schemas(current.metadata_schema, made.metadata_schema)
        index = current.index_fingerprint.with_runtimes(made.index_fingerprint.runtimes)
        following = replace(current, metadata_schema=schema, index_fingerprint=index)

        def entries(number: int, segment_id: str) -> list[SegmentEntry]:
            return [*self._entries_without(current, removed, number), entry]

        manifest = self._publish(following, entries)
        located.update(arriving)
        self._documents = located
        return manifest

    def publish(self, change: Callable[[Manifest], Manifest]) -> Manifest:
        """One generation more, over the same documents: what `change` makes of the current manifest.

        Files that it names are durable already. Durable when it returns; DiskFull leaves the collection as it was.
        """
        following, documents = change(self.manifest), self._documents
        manifest = self._publish(following, lambda number, segment_id: list(following.segments))
        self._documents = documents
        return manifest

    def rewrite(self, old: Collection[str], write: Callable[[str], SegmentEntry | None]) -> Manifest:
        """One generation more, in which one new segment stands where the first of the `old` stood, and none of them.

        `write` makes a segment of the given id durable and returns its entry, or None where nothing is to stand there.
        Raises, with the collection as it was, DiskFull and whatever `write` raises.
        """
        current, documents = self.manifest, self._documents
        following = replace(current, upcoming=_without(current.upcoming, old))

        def entries(number: int, segment_id: str) -> list[SegmentEntry]:
            place = next(i for i, entry in enumerate(current.segments) if entry.id in old)
            new = write(segment_id)
            left = [entry for entry in current.segments[place:] if entry.id not in old]
            return [*current.segments[:place], *([] if new is None else [new]), *left]

        manifest = self._publish(following, entries)
        if documents is not None:
            kept = {entry.id for entry in current.segments} - set(old)
            written = [entry for entry in manifest.segments if entry.id not in kept]
            documents = {name: location for name, location in documents.items() if location.segment in kept}
            documents |= living_documents(self.layout, replace(manifest, segments=tuple(written)))
        self._documents = documents
        return manifest

    def restamp(
        self,
        stamps: Mapping[str, Stamp],
        deletes: Collection[str] = (),
        change: Callable[[Manifest], Manifest] = lambda manifest: manifest,
    ) -> Manifest:
        """One generation more, in which each document of `stamps`, by its id, is called what its stamp says.

        Nothing is embedded. A document that has a new id already makes way; `deletes` go, and `change` is made, in the
        same commit. Metadata conform to the schema that `change` leaves. Durable when it returns. Raises, with the
        collection as it was: UsageError (an id twice), DocumentNotFound, DiskFull, StorageFailed.
        """
        located = self._located()
        arriving = [stamp.id for stamp in stamps.values()]
        if len(set(arriving)) < len(arriving):
            raise UsageError("Two documents would have the same id.", "Give each an id of its own.")
        if unknown := next((name for name in (*stamps, *deletes) if name not in located), None):
            raise DocumentNotFound(f"{self.name!r} has no document {unknown!r}; nothing was changed.", _IDS)
        moving = {name: located[name] for name in stamps}
        removed = {name: located[name] for name in (*stamps, *arriving, *deletes) if name in located}
        current = self.manifest

        def entries(number: int, segment_id: str) -> list[SegmentEntry]:
            left = self._entries_without(current, removed, number)
            return [*left, *self._copy(current, moving, stamps, [segment_id, new_segment_id(number)])]

        return self._publish(change(current), entries)

    def sweep(self, grace_seconds: float | None = None, *, dry_run: bool = False) -> SweepReport:
        """Remove what no generation needs that is current, pinned, or retired for less than the grace period; or only
        tell what that is.
        """
        grace = settings().sweep_grace_seconds if grace_seconds is None else grace_seconds
        with disk_full_typed(self.layout.root):
            return sweep(self._catalogue, self.layout, self._lock, grace, dry_run=dry_run)

    def close(self) -> None:
        """Sweep and release the lock. What is committed is committed: a disk that refuses the sweep is only logged."""
        if self._lock.held:
            try:
                self.sweep()
            except (DiskFull, StorageFailed) as error:
                log.warning("Nothing more was swept of %r, the next writer tries again: %s", self.name, error)
            finally:
                self._lock.release()

    def release(self) -> None:
        """Release the lock without sweeping."""
        spare_tokens()
        self._lock.release()

    def __enter__(self) -> CollectionWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        self.release()

    def _check_open(self) -> None:
        if not self._lock.held:
            raise UsageError(f"The writer of {self.name!r} is closed.", "Open another one.")

    def _located(self) -> dict[str, Location]:
        if self._documents is None:
            self._documents = living_documents(self.layout, self.manifest)
        return self._documents

    def _removed_by(self, batch: Batch | None, deletes: Collection[str]) -> dict[str, Location]:
        """The living documents that this commit removes or replaces."""
        located = self._located()
        deletes = {_spelled(name, located) for name in deletes}
        arriving = {stored.document.id for stored in batch.documents} if batch else set()
        unknown = sorted(deletes - located.keys() - arriving)
        if unknown:
            shown = ", ".join(repr(name) for name in unknown[:5])
            raise DocumentNotFound(f"{self.name!r} has no document {shown}; nothing was deleted.", _IDS)
        return {name: located[name] for name in arriving | deletes if name in located}

    def _commit(self, following: Manifest, batch: Batch | None, removed: Mapping[str, Location]) -> Manifest:
        current = self.manifest
        documents = self._located()

        def write(number: int, segment_id: str) -> list[SegmentEntry]:
            entries = self._entries_without(current, removed, number)
            if batch is not None:
                entries.append(write_segment(self.layout, segment_id, batch, self.apart))
            return entries

        manifest = self._publish(following, write)
        for name in removed:
            del documents[name]
        for row, stored in enumerate(batch.documents if batch else ()):
            documents[stored.document.id] = Location(manifest.segments[-1].id, row, stored.content_hash)
        self._documents = documents
        return manifest

    def _publish(self, following: Manifest, write: Callable[[int, str], list[SegmentEntry]]) -> Manifest:
        """Make `following` current, with the entries that `write` (generation, id of a new segment) returns."""
        self._check_open()
        expected = self.manifest.generation
        number = 1 + max([expected, *self.layout.manifests()])
        segment_id = new_segment_id(number)
        self._manifest = self._documents = None  # unknown until the commit is known to be whole
        named = False
        with disk_full_typed(self.layout.root):
            try:
                entries = write(number, segment_id)
                manifest = replace(following, generation=number, created_at=now(), segments=tuple(entries))
                create_pin(self.layout.pin(number))
                named = True
                write_manifest(self.layout, manifest)
                self._catalogue.advance(manifest.uuid, expected, number)
                mark_committed(self.layout.pin(number))
            except Exception:
                if not named:  # no manifest can name the new segment: give its space back at once
                    shutil.rmtree(self.layout.segment(segment_id), ignore_errors=True)
                raise
        self._manifest = manifest
        return manifest

    def _copy(
        self, current: Manifest, moving: Mapping[str, Location], stamps: Mapping[str, Stamp], ids: Sequence[str]
    ) -> list[SegmentEntry]:
        """New segments of the moving documents: one of those that have their vectors, one of those that have not."""
        rows = _by_segment(moving)
        dimension = current.query_fingerprint.dimension
        made = []
        for segment_id, embedded in zip(ids, (True, False), strict=True):
            sources = [
                picked(Segment(self.layout.segment(entry.id), entry, dimension), rows[entry.id])
                for entry in current.segments
                if entry.id in rows and entry.embedded == embedded
            ]
            if sources:
                width = dimension if embedded else None
                made.append(write_restamped(self.layout, segment_id, sources, stamps, width))
        return made

    def _entries_without(self, current: Manifest, removed: Mapping[str, Location], number: int) -> list[SegmentEntry]:
        """The current segments' entries in the next generation."""
        rows = _by_segment(removed)
        dimension = current.query_fingerprint.dimension
        entries = []
        for entry in current.segments:
            if entry.id in rows:
                segment = Segment(self.layout.segment(entry.id), entry, dimension)
                left = delete_documents(self.layout, segment, rows[entry.id], number)
            else:
                left = entry
            if left is not None:
                entries.append(left)
        return entries


def _by_segment(documents: Mapping[str, Location]) -> dict[str, list[int]]:
    """Their rows, by segment."""
    rows: dict[str, list[int]] = defaultdict(list)
    for location in documents.values():
        rows[location.segment].append(location.row)
    return rows


def _spelled(document: str, located: Mapping[str, Location]) -> str:
    """The id as it is stored, whichever Unicode form was typed."""
    return next((name for name in (document, *spellings(document)) if name in located), document)


def _without(upcoming: Upcoming | None, segments: Collection[str]) -> Upcoming | None:
    """Another model's vectors less those of segments that are about to go."""
    if upcoming is None:
        return None
    return replace(upcoming, vectors={name: sets for name, sets in upcoming.vectors.items() if name not in segments})


def _schema(current: Manifest, batch: Batch | None, addition: Mapping[str, MetadataType]) -> dict[str, MetadataType]:
    """The schema after the commit. UsageError for a document with metadata that cannot be stored."""
    schema = merge_schemas(current.metadata_schema, addition)
    for stored in batch.documents if batch else ():
        _, schema, conflicts = conform(stored.document.metadata, schema)
        if conflicts:
            raise UsageError(
                f"Document {stored.document.id!r}: {conflicts[0]}.", "Use engine.store.segments.metadata.conform first."
            )
    return schema


def _check_model(manifest: Manifest, config: CollectionConfig) -> None:
    differing = manifest.query_fingerprint.differences(config.query_fingerprint)
    if differing:
        raise ModelMismatch(
            f"Collection {manifest.collection!r} was indexed with {manifest.models.get('encoder')!r}, "
            f"which differs from {config.models.get('encoder')!r} in {', '.join(differing)}.",
            "Use that model, ingest into another collection, or replace the vectors with `winnow reembed`.",
        )
