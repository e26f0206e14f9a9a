"""Stored documents under new ids: their rows are copied with text, chunks and vectors, so nothing is embedded again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from engine.metadata.columns import COLUMNS, column_of, field_of
from engine.store.layout import VECTORS_DIRECTORY, CollectionLayout
from engine.store.manifest import SegmentEntry
from engine.store.segments.merged import Source, living_tables
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import Tombstones
from engine.store.segments.writer import finish_segment
from engine.types import Metadata, MetadataValue
from engine.vectors.files import copy_vectors


@dataclass(frozen=True, slots=True)
class Stamp:
    """The new id and uri of a stored document. `metadata` replaces all that it has; None leaves it as it is."""

    id: str
    uri: str
    metadata: Metadata | None = None


def picked(segment: Segment, rows: Collection[int]) -> Source:
    """A segment to copy just these rows of documents from, which are alive."""
    entry = segment.entry
    documents = np.ones(entry.documents, bool)
    documents[list(rows)] = False
    nothing = Tombstones.none(entry.chunks, entry.documents)
    return Source(segment, replace(nothing, chunks=documents[segment.document_rows], documents=documents))


def write_restamped(
    layout: CollectionLayout,
    segment_id: str,
    sources: Sequence[Source],
    stamps: Mapping[str, Stamp],
    dimension: int | None,
) -> SegmentEntry:
    """Write the sources' documents, each as its stamp says, as a new segment, durably.

    `stamps` has one for each document, by its present id. `dimension` is None where the sources have no vectors.
    """
    documents, chunks = living_tables(sources)
    directory = layout.segment(segment_id)
    directory.mkdir()
    if dimension is not None:
        copied = [(source.segment.vectors, np.flatnonzero(source.chunks)) for source in sources]
        copy_vectors(directory / VECTORS_DIRECTORY, copied)
    present = [stamps[name] for name in documents.column("id").to_pylist()]
    return finish_segment(layout, segment_id, _stamped(documents, present), chunks, dimension)


def _stamped(documents: pa.Table, stamps: Sequence[Stamp]) -> pa.Table:
    """The documents with the ids, uris and metadata of their stamps, in order."""
    for name in ("id", "uri"):
        field = documents.schema.field(name)
        values = pa.array([getattr(stamp, name) for stamp in stamps], field.type)
        documents = documents.set_column(documents.schema.get_field_index(name), field, values)
    return _with_metadata(documents, [stamp.metadata for stamp in stamps])


def _with_metadata(documents: pa.Table, new: Sequence[Metadata | None]) -> pa.Table:
    """The documents with new metadata where there is any. Columns that become empty are gone."""
    if all(metadata is None for metadata in new):
        return documents
    fields = [field for field in documents.schema if field_of(field.name) is not None]
    types = dict(COLUMNS) | {field.name: field.type for field in fields}
    columns: dict[str, list[MetadataValue | None]] = {
        field.name: [old if kept is None else None for old, kept in zip(values, new, strict=True)]
        for field in fields
        if (values := documents.column(field.name).to_pylist())
    }
    for row, metadata in enumerate(new):
        for name, value in (metadata or {}).items():
            columns.setdefault(column_of(name, value), [None] * len(new))[row] = value
    documents = documents.drop_columns([field.name for field in fields])
    for column, values in sorted(columns.items()):
        if any(value is not None for value in values):
            kind = types.get(column) or types[column.partition(".")[0]]
            documents = documents.append_column(column, pa.array(values, kind))
    return documents
