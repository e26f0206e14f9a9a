"""Stored documents that become others by name only: their rows are copied, their vectors stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from engine.store.manifest import Manifest
from engine.store.segments.batch import StoredDocument
from engine.store.segments.restamped import Stamp
from engine.store.segments.segment import Segment
from engine.store.writer import CollectionWriter
from engine.types import Chunk, MetadataType


class Renames:
    """Collects renames, which one commit makes."""

    def __init__(self, writer: CollectionWriter) -> None:
        self._writer = writer
        self._stamps: dict[str, Stamp] = {}
        self._arriving: set[str] = set()

    def __contains__(self, document: str) -> bool:
        """Whether a rename that is not yet made takes an id or gives it."""
        return document in self._stamps or document in self._arriving

    def add(self, old: str, new: StoredDocument) -> bool:
        """Rename the stored document `old`, unless its vectors would be others: those of plain text know its name."""
        found = self._writer.stored(old)
        if found is None or not _is_same(*found, new):
            return False
        self._stamp(old, Stamp(new.document.id, new.document.uri, new.document.metadata))
        return True

    def move(self, document: str, uri: str) -> None:
        """Note that a document lies elsewhere now, under the id that it has."""
        self._stamp(document, Stamp(document, uri))

    def commit(self, deletes: Collection[str], schema: Mapping[str, MetadataType]) -> bool:
        """Make the renames, and delete these documents as far as there are such, in one commit; False if there is
        nothing to do.
        """
        known = self._writer.content_hashes()
        going = [name for name in deletes if name in known and name not in self._stamps and name not in self._arriving]
        if not going and not self._stamps:
            return False

        def change(manifest: Manifest) -> Manifest:
            return replace(manifest, metadata_schema=dict(schema))

        self._writer.restamp(self._stamps, going, change)
        self._stamps, self._arriving = {}, set()
        return True

    def _stamp(self, document: str, stamp: Stamp) -> None:
        self._stamps[document] = stamp
        self._arriving.add(stamp.id)


def _is_same(segment: Segment, row: int, new: StoredDocument) -> bool:
    """Whether a stored document and a new one have the same title, text and chunks."""
    stored = segment.document(row)
    if (stored.title, stored.text) != (new.document.title, new.document.text):
        return False
    rows = np.flatnonzero(segment.document_rows == row)
    return [_shape(segment.passage(int(chunk))[1]) for chunk in rows] == [_shape(chunk) for chunk in new.chunks]


def _shape(chunk: Chunk) -> tuple[object, ...]:
    return chunk.start, chunk.end, chunk.headings, chunk.inside
