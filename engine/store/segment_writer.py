"""Writing a segment: an immutable directory that no other segment depends on."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import Counter
from pathlib import Path

from engine.fingerprint import digest_file
from engine.lexical.segment import LexicalEntry, write_lexical
from engine.store.batch import Batch
from engine.store.files import fsync_path, fsync_tree
from engine.store.layout import (
    CHUNKS_FILE,
    DOCUMENTS_FILE,
    LEXICAL_DIRECTORY,
    SEGMENT_FILE,
    VECTORS_DIRECTORY,
    CollectionLayout,
)
from engine.store.manifest import LivingTotals, SegmentEntry
from engine.store.metadata import Schema
from engine.store.sealed import seal
from engine.store.tables import chunk_table, document_table, write_table
from engine.vectors.files import write_vectors


def new_segment_id(generation: int) -> str:
    """Sorts by the generation that made it; random, so that a leftover of a crash is never reused."""
    return f"{generation:09d}-{secrets.token_hex(4)}"


def write_segment(layout: CollectionLayout, segment_id: str, batch: Batch, schema: Schema) -> SegmentEntry:
    """Write the batch as a segment; durable when it returns. `schema` has every metadata field of the batch."""
    directory = layout.segment(segment_id)
    directory.mkdir()
    write_table(directory / DOCUMENTS_FILE, document_table(batch.documents, schema))
    write_table(directory / CHUNKS_FILE, chunk_table(batch.documents))
    if batch.vectors is not None:
        write_vectors(directory / VECTORS_DIRECTORY, batch.vectors)
    lengths = write_lexical(directory / LEXICAL_DIRECTORY, _lexical_entries(batch))
    totals = LivingTotals(batch.chunks, len(batch.documents), lengths.title_length, lengths.body_length)
    languages = Counter(s.document.language for s in batch.documents for _ in s.chunks)
    checksum = _write_checksums(directory, segment_id, batch, dict(languages.most_common()))
    fsync_tree(directory)
    fsync_path(layout.segments)
    embedded = batch.vectors is not None
    spoken = dict(languages.most_common())
    return SegmentEntry(segment_id, batch.chunks, len(batch.documents), checksum, totals, spoken, embedded=embedded)


def _lexical_entries(batch: Batch) -> list[LexicalEntry]:
    return [
        LexicalEntry("\n".join((stored.document.title, *chunk.headings)), chunk.text, stored.document.language)
        for stored in batch.documents
        for chunk in stored.chunks
    ]


def _write_checksums(directory: Path, segment_id: str, batch: Batch, languages: dict[str, int]) -> str:
    """Write segment.json over all files that lie in the directory; returns its SHA-256."""
    data = seal(
        {
            "id": segment_id,
            "documents": len(batch.documents),
            "chunks": batch.chunks,
            "dimension": None if batch.vectors is None else int(batch.vectors.shape[1]),
            "languages": languages,
            "files": {
                str(path.relative_to(directory)): {"size": path.stat().st_size, "sha256": digest_file(path)}
                for path in segment_files(directory)
            },
        }
    )
    (directory / SEGMENT_FILE).write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def segment_files(directory: Path) -> list[Path]:
    """Every file of a segment but segment.json, sorted."""
    found = (Path(parent, name) for parent, _, names in os.walk(directory) for name in names)
    return sorted(path for path in found if path != directory / SEGMENT_FILE)
