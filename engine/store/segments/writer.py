"""Writing a segment: an immutable directory that no other segment depends on."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from engine.fingerprint import digest_file
from engine.lexical.segment import LexicalTotals
from engine.lexical.writing.segment import LexicalEntry, write_lexical
from engine.store import FORMAT
from engine.store.digests import digests_of
from engine.store.files import fsync_path, fsync_tree
from engine.store.layout import (
    CHUNKS_FILE,
    DOCUMENTS_FILE,
    LEXICAL_DIRECTORY,
    PARITY_FILE,
    SEGMENT_FILE,
    VECTORS_DIRECTORY,
    CollectionLayout,
)
from engine.store.listing import describe
from engine.store.manifest import LivingTotals, SegmentEntry
from engine.store.sealed import seal
from engine.store.segments.batch import Batch
from engine.store.segments.parity import write_parity
from engine.store.segments.tables import chunk_table, document_table, map_table, write_table
from engine.store.segments.texts import Texts
from engine.vectors.files import write_vectors

Apart = Callable[[Callable[[], LexicalTotals]], LexicalTotals]  # does something here or in another process


def here(do: Callable[[], LexicalTotals]) -> LexicalTotals:
    return do()


def new_segment_id(generation: int) -> str:
    """Sorts by the generation that made it; random, so that a leftover of a crash is never reused."""
    return f"{generation:09d}-{secrets.token_hex(4)}"


def write_segment(layout: CollectionLayout, segment_id: str, batch: Batch, apart: Apart = here) -> SegmentEntry:
    """Write the batch as a segment; durable when it returns. `apart` has its text analysed."""
    directory = layout.segment(segment_id)
    directory.mkdir()
    if batch.vectors is not None:
        write_vectors(directory / VECTORS_DIRECTORY, batch.vectors)
    documents, chunks = document_table(batch.documents), chunk_table(batch.documents)
    dimension = None if batch.vectors is None else batch.vectors.shape[1]
    return finish_segment(
        layout, segment_id, documents, chunks, dimension, lambda lexical: apart(partial(analyse, directory))
    )


def analyse(segment: Path) -> LexicalTotals:
    """Write the lexical indexes of a segment whose tables are written; in the place of what a process has begun."""
    lexical = segment / LEXICAL_DIRECTORY
    shutil.rmtree(lexical, ignore_errors=True)
    return write_lexical(
        lexical, lexical_entries(map_table(segment / DOCUMENTS_FILE), map_table(segment / CHUNKS_FILE))
    )


def finish_segment(
    layout: CollectionLayout,
    segment_id: str,
    documents: pa.Table,
    chunks: pa.Table,
    dimension: int | None,
    write_bm25: Callable[[Path], LexicalTotals] | None = None,
    texts: Texts | None = None,
) -> SegmentEntry:
    """Write all but the vectors, and the checksums of everything; durable when it returns.

    `dimension` is that of the vectors, which are there already, or None where the segment has none yet. `write_bm25`
    writes the lexical indexes into a directory; None: the text is analysed. `texts` are those of `documents` that come
    without them.
    """
    directory = layout.segment(segment_id)
    write_table(directory / DOCUMENTS_FILE, documents, texts)
    write_table(directory / CHUNKS_FILE, chunks)
    write_parity(directory / PARITY_FILE, [directory / DOCUMENTS_FILE, directory / CHUNKS_FILE])
    if write_bm25 is None:
        lengths = write_lexical(directory / LEXICAL_DIRECTORY, lexical_entries(documents, chunks))
    else:
        lengths = write_bm25(directory / LEXICAL_DIRECTORY)
    totals = LivingTotals(chunks.num_rows, documents.num_rows, lengths.title_length, lengths.body_length)
    languages = chunk_languages(documents, chunks)
    files = list_files(directory, digests_of(layout.root).read)
    data = segment_json(segment_id, totals, dimension, languages, files)
    (directory / SEGMENT_FILE).write_bytes(data)
    fsync_tree(directory)
    fsync_path(layout.segments)
    checksum = hashlib.sha256(data).hexdigest()
    embedded = dimension is not None
    return SegmentEntry(segment_id, chunks.num_rows, documents.num_rows, checksum, totals, languages, embedded=embedded)


def lexical_entries(documents: pa.Table, chunks: pa.Table) -> Iterator[LexicalEntry]:
    """The indexed part of each chunk: its document's title with its headings and those in it; its text, below the
    header of the table that it begins inside of.
    """
    columns = (chunks.column(name).to_pylist() for name in ("document", "byte_start", "byte_end", "headings"))
    later = (
        chunks.column(name).to_pylist() if name in chunks.column_names else [None] * chunks.num_rows
        for name in ("inside", "header")
    )
    current, title, language, text = -1, "", "", b""
    for document, start, end, above, within, header in zip(*columns, *later, strict=True):
        if document != current:
            current = document
            title, language, whole = (
                documents.column(name)[document].as_py() for name in ("title", "language", "text")
            )
            text = whole.encode()
        body = text[start:end].decode()
        names = "\n".join((title, *above, *(within or ())))
        yield LexicalEntry(names, f"{header}\n{body}" if header else body, language)


def chunk_languages(documents: pa.Table, chunks: pa.Table) -> dict[str, int]:
    """Chunks per language, most frequent first."""
    languages = documents.column("language").to_pylist()
    counts = Counter(languages[document] for document in chunks.column("document").to_pylist())
    return dict(counts.most_common())


def segment_json(
    segment_id: str,
    totals: LivingTotals,
    dimension: int | None,
    languages: Mapping[str, int],
    files: Mapping[str, Mapping[str, Any]],
    written_in: int = FORMAT,
) -> bytes:
    """The bytes of segment.json: `totals` of all rows, `files` as `list_files` describes them. The format that it was
    written in matters to whoever writes an older one again.
    """
    data = {
        "id": segment_id,
        "documents": totals.documents,
        "chunks": totals.chunks,
        "dimension": None if dimension is None else int(dimension),
        "languages": dict(languages),
        "files": files,
    }
    return seal(data, written_in)


def list_files(directory: Path, digest: Callable[[Path], str] = digest_file) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of every file in a segment's directory. Reads every byte."""
    return describe({str(path.relative_to(directory)): path for path in segment_files(directory)}, digest)


def segment_files(directory: Path) -> list[Path]:
    """Every file of a segment but segment.json, sorted."""
    found = (Path(parent, name) for parent, _, names in os.walk(directory) for name in names)
    return sorted(path for path in found if path != directory / SEGMENT_FILE)
