"""Where the living documents of a generation lie, and what they looked like when they were indexed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.store.layout import CollectionLayout
from engine.store.manifest import Manifest
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import read_tombstones


class Location(NamedTuple):
    """A stored document: segment id, row in documents.arrow, and the content hash it was indexed with."""

    segment: str
    row: int
    content_hash: str


def living_documents(layout: CollectionLayout, manifest: Manifest) -> dict[str, Location]:
    """Every living document by id. Reads two columns of each segment."""
    found: dict[str, Location] = {}
    for entry in manifest.segments:
        segment = Segment(layout.segment(entry.id), entry, manifest.query_fingerprint.dimension)
        dead = read_tombstones(layout, entry)
        rows = range(entry.documents) if dead is None else np.flatnonzero(~dead.documents).tolist()
        names = segment.documents.column("id").to_pylist()
        hashes = segment.documents.column("content_hash").to_pylist()
        for row in rows:
            found[names[row]] = Location(entry.id, row, hashes[row])
    return found
