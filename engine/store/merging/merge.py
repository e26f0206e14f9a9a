"""Merging segments: a commit like any other, made by the one writer, that changes no answer.

A merge runs in the writer's thread after a commit has returned. So nothing can be updated or deleted while it runs,
and no document can come back to life; readers keep the generation that they have pinned, and wait for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.store.manifest import SegmentEntry
from engine.store.merging.policy import AT_REST, SegmentSize, next_merge
from engine.store.segments.merged import Source, write_merged
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import read_tombstones
from engine.store.writer import CollectionWriter


@dataclass(frozen=True, slots=True)
class MergeReport:
    """Counts of what merging did: `written` counts the chunks copied, `reclaimed` the deleted ones left behind."""

    merges: int = 0
    written: int = 0
    reclaimed: int = 0
    segments_before: int = 0
    segments_after: int = 0


def merge_due(writer: CollectionWriter, full: int = AT_REST) -> MergeReport:
    """Merge until the policy is content, then sweep; `full` segments fill a tier. StoreDamaged if one cannot be read;
    DiskFull.
    """
    before = len(writer.manifest.segments)
    merges = written = reclaimed = 0
    while chosen := next_merge([_size(entry) for entry in _mergeable(writer)], full):
        copied, deleted = merge_segments(writer, chosen)
        merges, written, reclaimed = merges + 1, written + copied, reclaimed + deleted
    if merges:
        writer.sweep()
    return MergeReport(merges, written, reclaimed, before, len(writer.manifest.segments))


def merge_all(writer: CollectionWriter) -> MergeReport:
    """Make the collection one segment without deleted rows, in the present format, then sweep.

    Segments that wait for their vectors stay as they are.
    """
    before, entries = len(writer.manifest.segments), _mergeable(writer)
    if not entries:
        return MergeReport(segments_before=before, segments_after=before)
    written, reclaimed = merge_segments(writer, [entry.id for entry in entries])
    writer.sweep()
    return MergeReport(1, written, reclaimed, before, len(writer.manifest.segments))


def merge_segments(writer: CollectionWriter, chosen: Sequence[str]) -> tuple[int, int]:
    """Make one segment of the chosen ones; returns how many chunks were copied and how many deleted ones were not."""
    entries = [entry for entry in writer.manifest.segments if entry.id in chosen]
    dimension = writer.manifest.query_fingerprint.dimension
    layout = writer.layout
    sources = [
        Source(Segment(layout.segment(entry.id), entry, dimension), read_tombstones(layout, entry)) for entry in entries
    ]
    writer.rewrite(chosen, lambda segment_id: write_merged(layout, segment_id, sources, dimension))
    living = sum(entry.living.chunks for entry in entries)
    return living, sum(entry.chunks for entry in entries) - living


def _mergeable(writer: CollectionWriter) -> list[SegmentEntry]:
    """Segments that have their vectors: a segment has all or none."""
    return [entry for entry in writer.manifest.segments if entry.embedded]


def _size(entry: SegmentEntry) -> SegmentSize:
    return SegmentSize(entry.id, entry.living.chunks, entry.chunks)
