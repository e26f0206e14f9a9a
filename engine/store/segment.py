"""Reading a segment. Opening touches no file; each part is mapped on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.columns import field_of
from engine.errors import NotEmbedded, StoreDamaged
from engine.lexical.segment import LexicalSegment
from engine.store.batch import chunk_id
from engine.store.layout import CHUNKS_FILE, DOCUMENTS_FILE, LEXICAL_DIRECTORY, VECTORS_DIRECTORY, CollectionLayout
from engine.store.manifest import SegmentEntry
from engine.store.tables import map_table
from engine.types import Chunk, Document, MetadataValue
from engine.values import as_python
from engine.vectors.files import VectorFiles

Part = TypeVar("Part")


class Segment:
    """One segment of one generation. Safe under threads."""

    def __init__(self, directory: Path, entry: SegmentEntry, dimension: int) -> None:
        self.directory = directory
        self.entry = entry
        self._dimension = dimension
        self._parts: dict[str, Any] = {}
        self._lock = threading.RLock()

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def rows(self) -> int:
        """Chunks, dead or alive."""
        return self.entry.chunks

    @property
    def documents(self) -> pa.Table:
        """One row per document: id, uri, title, text, language, content_hash and columns "<type>.<field>"."""
        return self._part("documents", lambda: self._table(DOCUMENTS_FILE, self.entry.documents))

    @property
    def chunks(self) -> pa.Table:
        """One row per chunk: document, ordinal, start, end (code points), byte_start, byte_end, headings."""
        return self._part("chunks", lambda: self._table(CHUNKS_FILE, self.entry.chunks))

    @property
    def document_rows(self) -> NDArray[np.int32]:
        """Document row of every chunk row, shape (rows,), a view of the memory map."""
        rows: NDArray[np.int32] = self._part("document_rows", lambda: column_view(self.chunks, "document"))
        return rows

    @property
    def vectors(self) -> VectorFiles:
        """NotEmbedded where the entry has none."""
        entry = self.entry
        if not entry.embedded:
            raise NotEmbedded(f"Segment {self.id} has no vectors yet.", "Run `winnow ingest` again: it goes on.")
        beside = entry.vectors and CollectionLayout(self.directory.parents[1]).vector_set(entry.vectors.name)
        directory = beside or self.directory / VECTORS_DIRECTORY
        return self._part("vectors", lambda: VectorFiles.open(directory, self.rows, self._dimension))

    @property
    def lexical(self) -> LexicalSegment:
        return self._part("lexical", lambda: LexicalSegment.open(self.directory / LEXICAL_DIRECTORY))

    def document(self, row: int) -> Document:
        """The document in a row, with its whole text."""
        table = self.documents
        values = {name: table.column(name)[row].as_py() for name in ("id", "uri", "title", "text", "language")}
        return Document(**values, metadata=self._metadata(row))

    def chunk(self, row: int) -> tuple[Chunk, Document]:
        """The chunk in a row, with its document."""
        return self.passage(row)[1], self.document(int(self.document_rows[row]))

    def passage(self, row: int) -> tuple[str, Chunk]:
        """The chunk in a row, with its document's title; the document's text is not decoded."""
        document = self.document_id(row)
        ordinal, start, end, headings = (self._cell(row, name) for name in ("ordinal", "start", "end", "headings"))
        text = self.chunk_bytes(row).decode()
        chunk = Chunk(chunk_id(document, ordinal), document, ordinal, start, end, text, tuple(headings))
        return str(self.documents.column("title")[int(self.document_rows[row])].as_py()), chunk

    def chunk_bytes(self, row: int) -> bytes:
        """The chunk's text in UTF-8, read without decoding or copying the rest of its document."""
        starts, texts = self._part("texts", lambda: text_view(self.documents.column("text")))
        first = int(starts[self.document_rows[row]])
        return bytes(texts[first + self._cell(row, "byte_start") : first + self._cell(row, "byte_end")])

    def document_id(self, row: int) -> str:
        """Of the document that the chunk in this row belongs to."""
        return str(self.documents.column("id")[int(self.document_rows[row])].as_py())

    def chunk_id(self, row: int) -> str:
        return chunk_id(self.document_id(row), self._cell(row, "ordinal"))

    def _cell(self, row: int, name: str) -> Any:
        return self.chunks.column(name)[row].as_py()

    def _metadata(self, row: int) -> dict[str, MetadataValue]:
        table = self.documents
        fields = ((field, column) for column in table.column_names if (field := field_of(column)) is not None)
        values = ((field, as_python(table.column(column)[row].as_py())) for field, column in fields)
        return {field: value for field, value in sorted(values, key=itemgetter(0)) if value is not None}

    def _table(self, name: str, rows: int) -> pa.Table:
        table = map_table(self.directory / name)
        if table.num_rows != rows:
            raise StoreDamaged(f"{self.directory / name} has {table.num_rows} rows instead of {rows}.", _REMEDY)
        return table

    def _part(self, name: str, load: Callable[[], Part]) -> Part:
        found = self._parts.get(name)
        if found is None:
            with self._lock:
                found = self._parts.get(name)
                if found is None:
                    with _damage(self.directory):
                        found = self._parts[name] = load()
        return cast(Part, found)


_REMEDY = "Run `winnow repair` with the collection's name: it rebuilds what it can and serves the rest."


@contextmanager
def _damage(directory: Path) -> Iterator[None]:
    """A file that is gone or unreadable is damage, whichever library says so."""
    try:
        yield
    except (FileNotFoundError, pa.ArrowInvalid) as error:
        raise StoreDamaged(f"Segment {directory} cannot be opened: {error}", _REMEDY) from error


def column_view(table: pa.Table, name: str) -> NDArray[Any]:
    """A numeric column without nulls as a NumPy view of the memory map."""
    column = table.column(name)
    view: NDArray[Any] = column.chunk(0).to_numpy() if column.num_chunks else column.to_numpy()
    return view


def text_view(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], memoryview]:
    """Where the text of each row starts, and the bytes of all rows: views of the memory map.

    For a large_string column without nulls. A scalar of it would be a copy, however long the text is.
    """
    array = column.chunk(0)
    _, starts, texts = array.buffers()
    return np.frombuffer(starts, np.int64)[array.offset :], memoryview(texts)
