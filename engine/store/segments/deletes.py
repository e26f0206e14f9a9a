"""Marking documents of a segment as deleted: the segment stays as it is, the next generation sees fewer of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from engine.store.layout import CollectionLayout
from engine.store.manifest import LivingTotals, SegmentEntry
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import Tombstones, read_tombstones, write_tombstones
from engine.types import RowMask


def delete_documents(
    layout: CollectionLayout, segment: Segment, document_rows: Collection[int], generation: int
) -> SegmentEntry | None:
    """The segment's entry in `generation`, without the given documents, which were alive; tombstones are durable.

    None if nothing in it is alive any more: the generation then need not name the segment at all.
    """
    entry = segment.entry
    documents = np.zeros(entry.documents, bool)
    documents[list(document_rows)] = True
    chunks = documents[segment.document_rows]
    living = _subtract(segment, entry.living, chunks, len(document_rows))
    if living.documents == 0:
        return None
    before = read_tombstones(layout, entry) or Tombstones.none(entry.chunks, entry.documents)
    deleted = before.with_more(chunks, documents, *segment.lexical.term_counts(np.flatnonzero(chunks)))
    written = write_tombstones(layout, segment.id, generation, deleted)
    return replace(entry, living=living, languages=languages_of(segment, ~deleted.chunks), tombstones=written)


def _subtract(segment: Segment, living: LivingTotals, chunks: RowMask, documents: int) -> LivingTotals:
    gone = segment.lexical.totals(np.flatnonzero(chunks))
    return LivingTotals(
        living.chunks - gone.chunks,
        living.documents - documents,
        living.title_length - gone.title_length,
        living.body_length - gone.body_length,
    )


def languages_of(segment: Segment, living: RowMask) -> dict[str, int]:
    """Living chunks per language, most frequent first."""
    chunks_of = np.bincount(segment.document_rows[living], minlength=segment.entry.documents)
    counts: Counter[str] = Counter()
    for language, chunks in zip(segment.documents.column("language").to_pylist(), chunks_of.tolist(), strict=True):
        if chunks:
            counts[language] += chunks
    return dict(counts.most_common())
