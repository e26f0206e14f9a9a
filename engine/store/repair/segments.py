"""Repairing a collection whose files are damaged: damaged segments are set aside, and rebuilt as far as possible.

A segment is never repaired in place. Its intact parts are copied into a new segment, the others rebuilt from the text,
and a generation names the new one. The old one's files are kept under quarantine/, which no sweep removes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from engine.store.files import fsync_tree, make_directories
from engine.store.layout import (
    CHUNKS_FILE,
    DOCUMENTS_FILE,
    LEXICAL_DIRECTORY,
    SEGMENT_FILE,
    VECTORS_DIRECTORY,
    CollectionLayout,
)
from engine.store.manifest import SegmentEntry
from engine.store.repair.integrity import damaged_parts
from engine.store.repair.proofs import restore_listing, restore_text, whole_text
from engine.store.repair.salvage import salvaged_ids
from engine.store.segments.merged import Source, living_tables
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import Tombstones, read_tombstones
from engine.store.segments.writer import finish_segment
from engine.store.writer import CollectionWriter
from engine.types import Chunk, Document, Float32
from engine.vectors.files import copy_vectors, write_vectors

Embed = Callable[[Sequence[tuple[Document, Sequence[Chunk]]]], Float32]  # documents with their chunks -> (chunks, d)

TOMBSTONES = "tombstones"


@dataclass(slots=True)
class RepairReport:
    """Results of `repair`; all empty for a whole collection.

    `rebuilt`: per segment the damaged parts. `quarantined`: where the damaged segments lie now, relative
    to the collection's directory. `lost`: documents that are gone, by id; `lost_unnamed` counts those whose ids cannot
    be read. `doubtful`: documents that may have been deleted: the record of it is lost, so they are kept.
    """

    generation: int = 0
    restored: list[str] = field(default_factory=list)
    rebuilt: dict[str, list[str]] = field(default_factory=dict)
    quarantined: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    lost_unnamed: int = 0
    doubtful: list[str] = field(default_factory=list)


def repair_segments(writer: CollectionWriter, embed: Embed, report: RepairReport) -> None:
    """Read every byte of the current generation and replace or drop each damaged segment, a generation each.

    `embed` is asked only where vectors are damaged; what it raises passes, with all other segments repaired.
    """
    for entry in writer.manifest.segments:
        report.restored += restore_text(writer.layout, entry)
        report.restored += restore_listing(writer.layout, entry, writer.manifest.query_fingerprint.dimension)
    damage = {entry.id: _damage(writer, entry) for entry in writer.manifest.segments}
    damaged = [entry for entry in writer.manifest.segments if damage[entry.id]]
    whole = [entry for entry in writer.manifest.segments if not damage[entry.id]]
    elsewhere = {name for entry in whole for name in _living_ids(_source(writer, entry))}
    for entry in sorted(damaged, key=lambda entry: VECTORS_DIRECTORY in damage[entry.id]):
        parts = damage[entry.id]
        report.quarantined.append(_set_aside(writer.layout, entry))
        if parts & {DOCUMENTS_FILE, CHUNKS_FILE}:
            writer.rewrite([entry.id], lambda _: None)
            _report_losses(writer, entry, parts, elsewhere, report)
        else:
            source = _source(writer, entry) if TOMBSTONES not in parts else _guess(writer, entry, elsewhere, report)
            writer.rewrite([entry.id], lambda new, s=source, p=parts: _rebuild(writer, new, s, p, embed))  # type: ignore[misc]
            elsewhere |= set(_living_ids(source))
            report.rebuilt[entry.id] = sorted(parts)
    report.generation = writer.manifest.generation


def _damage(writer: CollectionWriter, entry: SegmentEntry) -> set[str]:
    """The damaged parts; with segment.json lost, all of those that are not proved whole in another way."""
    parts = damaged_parts(writer.layout, entry)
    if SEGMENT_FILE not in parts:
        return parts
    parts |= {LEXICAL_DIRECTORY, *({DOCUMENTS_FILE, CHUNKS_FILE} - whole_text(writer.layout.segment(entry.id)))}
    return parts if entry.vectors is not None else parts | {VECTORS_DIRECTORY}


def _rebuild(
    writer: CollectionWriter, segment_id: str, source: Source, damaged: set[str], embed: Embed
) -> SegmentEntry | None:
    """A new segment of the source's living documents: vectors copied if they are whole, else embedded from the text.

    Text that waits for its vectors goes on waiting.
    """
    documents, chunks = living_tables([source])
    if not documents.num_rows:
        return None
    directory = writer.layout.segment(segment_id)
    directory.mkdir()
    dimension = writer.manifest.query_fingerprint.dimension if source.segment.entry.embedded else None
    if dimension is None:
        pass
    elif VECTORS_DIRECTORY in damaged:
        write_vectors(directory / VECTORS_DIRECTORY, embed(_texts(source)))
    else:
        rows = np.flatnonzero(source.chunks)
        copy_vectors(directory / VECTORS_DIRECTORY, [(source.segment.vectors, rows)])
    return finish_segment(writer.layout, segment_id, documents, chunks, dimension)


def _texts(source: Source) -> list[tuple[Document, list[Chunk]]]:
    segment = source.segment
    bounds = np.searchsorted(segment.document_rows, np.arange(segment.entry.documents + 1))
    return [
        (segment.document(row), [segment.passage(chunk)[1] for chunk in range(bounds[row], bounds[row + 1])])
        for row in np.flatnonzero(source.documents).tolist()
    ]


def _guess(writer: CollectionWriter, entry: SegmentEntry, elsewhere: set[str], report: RepairReport) -> Source:
    """The segment without its tombstones: what another segment holds counts as deleted; what else seems too many is
    reported.
    """
    segment = _segment(writer, entry)
    ids = segment.documents.column("id").to_pylist()
    documents = np.array([name in elsewhere for name in ids], bool)
    chunks = documents[segment.document_rows]
    alive = [name for name in ids if name not in elsewhere]
    if len(alive) != entry.living.documents:
        report.doubtful += alive
    nothing = np.empty(0, np.uint32)
    return Source(segment, Tombstones(chunks, documents, nothing, nothing))


def _report_losses(
    writer: CollectionWriter, entry: SegmentEntry, parts: set[str], elsewhere: set[str], report: RepairReport
) -> None:
    """Name the documents that went with a segment, as far as their ids can still be read."""
    ids = salvaged_ids(writer.layout.segment(entry.id) / DOCUMENTS_FILE)
    if ids is None or len(ids) != entry.documents:
        report.lost_unnamed += entry.living.documents
        return
    deleted = None if TOMBSTONES in parts else read_tombstones(writer.layout, entry)
    alive = ids if deleted is None else [name for name, gone in zip(ids, deleted.documents, strict=True) if not gone]
    report.lost += [name for name in alive if name not in elsewhere]


def _living_ids(source: Source) -> list[str]:
    ids: list[str] = source.segment.documents.column("id").filter(pa.array(source.documents)).to_pylist()
    return ids


def _segment(writer: CollectionWriter, entry: SegmentEntry) -> Segment:
    """Its damaged parts are known, and the others read in spite of them."""
    dimension = writer.manifest.query_fingerprint.dimension
    return Segment(writer.layout.segment(entry.id), entry, dimension, guarded=False)


def _source(writer: CollectionWriter, entry: SegmentEntry) -> Source:
    return Source(_segment(writer, entry), read_tombstones(writer.layout, entry))


def _set_aside(layout: CollectionLayout, entry: SegmentEntry) -> str:
    """Keep the segment's files where nothing is swept, durably, before the collection stops naming them.

    Hard links, so that readers of older generations still find theirs and no space is needed.
    """
    target = layout.quarantine / entry.id
    make_directories(target.parent)
    if layout.segment(entry.id).is_dir():
        shutil.copytree(layout.segment(entry.id), target, copy_function=_link, dirs_exist_ok=True)
    if entry.vectors is not None and layout.vector_set(entry.vectors.name).is_dir():
        shutil.copytree(
            layout.vector_set(entry.vectors.name), target / entry.vectors.name, copy_function=_link, dirs_exist_ok=True
        )
    if entry.tombstones is not None and layout.tombstone(entry.tombstones.name).is_file():
        make_directories(target)
        _link(str(layout.tombstone(entry.tombstones.name)), str(target / entry.tombstones.name))
    fsync_tree(target.parent)
    return str(target.relative_to(layout.root))


def _link(source: str, target: str) -> str:
    if not Path(target).exists():
        try:
            os.link(source, target)
        except OSError:  # a file system without hard links
            shutil.copy2(source, target)
    return target
