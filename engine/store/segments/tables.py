"""A batch as two Arrow tables: one row per document, one row per chunk. No text is stored twice.

A chunk's text is the slice [byte_start, byte_end) of its document's text in UTF-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.metadata.columns import COLUMNS, column_of
from engine.store.segments import locators
from engine.store.segments.batch import StoredDocument
from engine.store.segments.texts import COLUMN, Texts, write_with_texts
from engine.types import MetadataValue

_DOCUMENT = pa.schema(
    [
        ("id", pa.large_string()),
        ("uri", pa.large_string()),
        ("title", pa.large_string()),
        ("text", pa.large_string()),
        ("language", pa.string()),
        ("content_hash", pa.string()),
    ]
)
_CHUNK = pa.schema(
    [
        ("document", pa.int32()),  # row in the documents' table
        ("ordinal", pa.int32()),
        ("start", pa.int64()),  # code points
        ("end", pa.int64()),
        ("byte_start", pa.int64()),  # bytes of UTF-8
        ("byte_end", pa.int64()),
        ("headings", pa.list_(pa.string())),
        ("inside", pa.list_(pa.string())),  # null in segments of an older analyser
        ("header", pa.string()),  # null where the chunk begins inside of no table
    ]
)


def document_table(documents: Sequence[StoredDocument]) -> pa.Table:
    """Columns of `_DOCUMENT`, locators, then for each field of metadata one column "<type>.<field>" per type."""
    columns = {name: pa.array([getattr(s.document, name) for s in documents], kind) for name, kind in _fields()}
    columns["content_hash"] = pa.array([s.content_hash for s in documents], pa.string())
    columns[locators.COLUMN] = pa.array([locators.cell(s.locators) for s in documents], locators.TYPE)
    metadata: dict[str, list[MetadataValue | None]] = {}
    for row, stored in enumerate(documents):
        for name, value in stored.document.metadata.items():
            metadata.setdefault(column_of(name, value), [None] * len(documents))[row] = value
    for column in sorted(metadata):
        columns[column] = pa.array(metadata[column], COLUMNS[column.partition(".")[0]])
    return pa.table(columns)


def chunk_table(documents: Sequence[StoredDocument]) -> pa.Table:
    """Columns of `_CHUNK`, in the order of the documents and of the chunks in each."""
    chunks = [chunk for stored in documents for chunk in stored.chunks]
    byte_spans = [_byte_spans(stored) for stored in documents]
    spans = np.concatenate(byte_spans) if byte_spans else np.empty((0, 2), np.int64)
    columns = {
        "document": np.repeat(np.arange(len(documents), dtype=np.int32), [len(s.chunks) for s in documents]),
        "ordinal": [chunk.ordinal for chunk in chunks],
        "start": [chunk.start for chunk in chunks],
        "end": [chunk.end for chunk in chunks],
        "byte_start": spans[:, 0],
        "byte_end": spans[:, 1],
        "headings": [list(chunk.headings) for chunk in chunks],
        "inside": [list(chunk.inside) for chunk in chunks],
        "header": [chunk.header or None for chunk in chunks],
    }
    return pa.table({field.name: pa.array(columns[field.name], field.type) for field in _CHUNK})


def write_table(path: Path, table: pa.Table, texts: Texts | None = None) -> None:
    """One uncompressed record batch, so that a reader maps every column in one piece. Syncing is the caller's.

    `texts` are those of a table of documents that comes without them.
    """
    single = table.combine_chunks()
    if texts is not None:
        write_with_texts(path, single, _DOCUMENT.get_field_index(COLUMN), texts)
        return
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, single.schema) as writer:
        writer.write_table(single)


def map_table(path: Path) -> pa.Table:
    """The table as views of the memory map: reads the footer, no data. pa.ArrowInvalid if it is not such a file."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def _fields() -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in _DOCUMENT if field.name != "content_hash"]


def _byte_spans(stored: StoredDocument) -> NDArray[np.int64]:
    """Byte offsets, shape (chunks, 2), of the chunks in the document's UTF-8 text."""
    points = np.array([(chunk.start, chunk.end) for chunk in stored.chunks], np.int64).reshape(-1, 2)
    text = stored.document.text
    if text.isascii() or not len(points):
        return points
    return code_point_bytes(text)[points]


def code_point_bytes(text: str) -> NDArray[np.int64]:
    """Byte offset in UTF-8 of every code point, and of the end: shape (len(text) + 1,)."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    widths = 1 + (codes > 0x7F).astype(np.int64) + (codes > 0x7FF) + (codes > 0xFFFF)
    return np.concatenate(([0], np.cumsum(widths)))
