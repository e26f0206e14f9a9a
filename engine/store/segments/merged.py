"""Writing the living rows of several segments as one. Text, metadata and vector codes are copied; nothing is embedded.

The two lexical indexes are rebuilt from the copied text: tantivy's cannot be copied, and analysing the text once
serves both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.metadata.columns import field_of
from engine.store.layout import VECTORS_DIRECTORY, CollectionLayout
from engine.store.manifest import SegmentEntry
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import Tombstones
from engine.store.segments.writer import finish_segment
from engine.types import RowMask
from engine.vectors.files import copy_vectors


@dataclass(frozen=True, slots=True)
class Source:
    """A segment to copy from; its deleted rows (None: there are none) are left behind."""

    segment: Segment
    deleted: Tombstones | None

    @property
    def documents(self) -> RowMask:
        """A flag per document row: is it alive?"""
        return np.ones(self.segment.entry.documents, bool) if self.deleted is None else ~self.deleted.documents

    @property
    def chunks(self) -> RowMask:
        """A flag per chunk row: is it alive?"""
        return np.ones(self.segment.entry.chunks, bool) if self.deleted is None else ~self.deleted.chunks


def write_merged(
    layout: CollectionLayout, segment_id: str, sources: Sequence[Source], dimension: int
) -> SegmentEntry | None:
    """Write the sources' living rows, in order, as a new segment, durably. None, writing nothing, if none lives."""
    documents, chunks = living_tables(sources)
    if not documents.num_rows:
        return None
    directory = layout.segment(segment_id)
    directory.mkdir()
    copied = [(source.segment.vectors, np.flatnonzero(source.chunks)) for source in sources]
    copy_vectors(directory / VECTORS_DIRECTORY, copied)
    return finish_segment(layout, segment_id, documents, chunks, dimension)


def living_tables(sources: Sequence[Source]) -> tuple[pa.Table, pa.Table]:
    """The documents and the chunks that are alive, as one table each. Metadata columns that became empty are gone."""
    documents = pa.concat_tables(
        [source.segment.documents.filter(pa.array(source.documents)) for source in sources], promote_options="default"
    )
    dropped = [
        name
        for name in documents.column_names
        if field_of(name) is not None and documents.column(name).null_count == documents.num_rows
    ]
    first = np.cumsum([0, *(int(source.documents.sum()) for source in sources)])
    chunks = [_living_chunks(source, int(start)) for source, start in zip(sources, first, strict=False)]
    return documents.drop_columns(dropped), pa.concat_tables(chunks, promote_options="default")


def _living_chunks(source: Source, first_document: int) -> pa.Table:
    """The source's living chunks, which refer to their documents' rows in the merged table."""
    table = source.segment.chunks
    new_row = np.cumsum(source.documents, dtype=np.int32) - 1 + np.int32(first_document)
    owners = pa.array(new_row[source.segment.document_rows], pa.int32())
    renumbered = table.set_column(table.schema.get_field_index("document"), table.schema.field("document"), owners)
    return renumbered.filter(pa.array(source.chunks))
