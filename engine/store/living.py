"""Where the living documents of a generation lie, and what they looked like when they were indexed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

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
        deleted = read_tombstones(layout, entry)
        rows = range(entry.documents) if deleted is None else np.flatnonzero(~deleted.documents).tolist()
        names = segment.documents.column("id").to_pylist()
        hashes = segment.documents.column("content_hash").to_pylist()
        for row in rows:
            found[names[row]] = Location(entry.id, row, hashes[row])
    return found


def living_uris(layout: CollectionLayout, manifest: Manifest) -> dict[str, str]:
    """The uri of every living document by id."""
    found: dict[str, str] = {}
    for entry in manifest.segments:
        segment = Segment(layout.segment(entry.id), entry, manifest.query_fingerprint.dimension)
        deleted = read_tombstones(layout, entry)
        names, uris = (segment.documents.column(name) for name in ("id", "uri"))
        if deleted is not None:
            living = pa.array(~deleted.documents)
            names, uris = names.filter(living), uris.filter(living)
        found.update(zip(names.to_pylist(), uris.to_pylist(), strict=True))
    return found
