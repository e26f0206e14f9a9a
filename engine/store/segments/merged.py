"""Writing the living rows of several segments as one. Text, metadata and vector codes are copied; nothing is embedded.

The lexical indexes of segments without deletions are joined. Those of others are made again from their living text.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from engine.lexical.segment import LexicalSegment, LexicalTotals
from engine.lexical.writing.joining import join_lexical, joinable
from engine.lexical.writing.segment import write_lexical
from engine.metadata.columns import field_of
from engine.store.layout import DOCUMENTS_FILE, VECTORS_DIRECTORY, CollectionLayout
from engine.store.manifest import SegmentEntry
from engine.store.segments.segment import Segment
from engine.store.segments.texts import COLUMN, Texts
from engine.store.segments.tombstones import Tombstones
from engine.store.segments.writer import finish_segment, lexical_entries
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
    documents, chunks = living_tables(sources, without=[COLUMN])
    if not documents.num_rows:
        return None
    directory = layout.segment(segment_id)
    directory.mkdir()
    copy_vectors(
        directory / VECTORS_DIRECTORY,
        [(source.segment.vectors, np.flatnonzero(source.chunks)) for source in sources],
    )
    for source in sources:
        source.segment.let_go()  # vectors that were read count as memory of the process as long as they are mapped
    texts = Texts([(source.segment.directory / DOCUMENTS_FILE, source.documents) for source in sources])
    return finish_segment(layout, segment_id, documents, chunks, dimension, partial(_write_bm25, sources), texts)


def _write_bm25(sources: Sequence[Source], directory: Path) -> LexicalTotals:
    """The lexical indexes of the sources' living rows. Raises StoreDamaged where one cannot be joined."""
    whole = [source for source in sources if source.chunks.all()]
    flags = joinable([source.segment.lexical for source in whole])
    kept = {source.segment.id for source, flag in zip(whole, flags, strict=True) if flag}
    if not kept:
        return write_lexical(directory, lexical_entries(*living_tables(sources)))
    parts, scratch = [], directory.with_name(f"{directory.name}.parts")
    for is_kept, group in groupby(sources, lambda source: source.segment.id in kept):
        if is_kept:
            parts += [source.segment.lexical for source in group]
        else:
            made = scratch / str(len(parts))
            write_lexical(made, lexical_entries(*living_tables(list(group))))
            parts.append(LexicalSegment.open(made))
    totals = join_lexical(directory, parts)
    shutil.rmtree(scratch, ignore_errors=True)
    return totals


def living_tables(sources: Sequence[Source], without: Sequence[str] = ()) -> tuple[pa.Table, pa.Table]:
    """The documents, `without` some of their columns, and the chunks that are alive, as one table each.

    Metadata columns that became empty are gone.
    """
    documents = pa.concat_tables(
        [_living(source.segment.documents.drop_columns(without), source.documents) for source in sources],
        promote_options="default",
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
    return _living(renumbered, source.chunks)


def _living(table: pa.Table, flags: RowMask) -> pa.Table:
    """The rows whose flags are set; where all are, the table as it is, which is a view of a mapped file."""
    return table if flags.all() else table.filter(pa.array(flags))
