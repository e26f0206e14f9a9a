"""Names that an ingest of folders adds to its sources: ids below the collection's roots, and facts of their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from engine.store.living import living_uris
from engine.store.manifest import Manifest
from engine.store.roots import Roots
from engine.store.segments.metadata import conform
from engine.store.segments.restamped import Stamp
from engine.store.writer import CollectionWriter
from engine.types import MetadataType
from indexer.folders.mirror import Mirror
from indexer.folders.roots import declared, left_behind, renamed
from indexer.folders.selection import Selection
from indexer.sources.facts import facts_of
from indexer.sources.source import Failed, Skipped, Source


class Folders:
    """The selection, and the roots that its documents are named by. With a mirror the collection keeps in step."""

    def __init__(self, selection: Selection, mirror: Mirror | None = None) -> None:
        self.mirror = mirror
        self.roots = Roots()
        self._selection = selection

    def choose(self, roots: Roots, hashes: Mapping[str, str], uris: Callable[[], Mapping[str, str]]) -> None:
        """Choose the roots, for a collection that has these so far, and documents with these content hashes by id.

        `uris` gives where they are. UsageError if the name cannot be had.
        """
        self.roots = declared(self._selection.places, self._selection.root, roots, hashes, uris)

    def begin(self) -> None:
        """Choose the roots of a collection that does not exist yet. UsageError, SourceNotFound as below."""
        self.choose(Roots(), {}, dict)
        if self.mirror is not None:
            self.mirror.compare({}, {})

    def declare(self, writer: CollectionWriter) -> list[str]:
        """Let the collection know its roots, with the ids that they change, and the mirror what is stored. Returns
        remarks on folders that may have been left behind.

        UsageError for a root's name; SourceNotFound for a mirrored path that is not there, and of which nothing is
        stored.
        """
        before, remarks = writer.manifest, list[str]()
        self.choose(before.roots, writer.content_hashes(), lambda: living_uris(writer.layout, before))
        if self.roots != before.roots:
            self._publish(writer, before)
            remarks = left_behind(before.roots, self.roots, living_uris(writer.layout, before))
        if self.mirror is not None:
            self.mirror.compare(living_uris(writer.layout, writer.manifest), writer.content_hashes())
        return remarks

    def _publish(self, writer: CollectionWriter, before: Manifest) -> None:
        stamps = renamed(before.roots, self.roots, living_uris(writer.layout, before))
        stamps, schema = _with_facts(writer, stamps)

        def change(manifest: Manifest) -> Manifest:
            return replace(manifest, roots=self.roots, metadata_schema=schema)

        writer.restamp(stamps, change=change)

    def named(self, source: Source | Skipped | Failed) -> Source | Skipped | Failed:
        """The source under the id of its place, with the facts of its file; one with an id of its own as it is."""
        if not isinstance(source, Source) or self.roots.around(source.id) is None:
            return source
        document = self.roots.id_of(source.id)
        return replace(source, id=document, facts={**facts_of(document, _file(source.id, source.uri)), **source.facts})


def _with_facts(
    writer: CollectionWriter, stamps: Mapping[str, Stamp]
) -> tuple[dict[str, Stamp], dict[str, MetadataType]]:
    """The stamps with facts for documents of before there were any, whose ids are absolute, and the schema for them."""
    schema = dict(writer.manifest.metadata_schema)
    made = dict(stamps)
    for name, stamp in stamps.items():
        if name.startswith("/") and (found := writer.stored(name)) is not None:
            segment, row = found
            facts = facts_of(stamp.id, _file(name, stamp.uri))
            metadata, schema, _ = conform({**facts, **segment.document(row).metadata}, schema)
            made[name] = replace(stamp, metadata=metadata)
    return made, schema


def _file(document: str, uri: str) -> Path | None:
    """The file that a document with an absolute id is the whole of; None for what lies inside one."""
    return Path(uri) if document == uri and uri.startswith("/") else None
