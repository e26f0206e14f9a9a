"""Reading a segment. Opening touches no file; each part is checked and mapped on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.damage import damage_typed
from engine.errors import NotEmbedded, StoreDamaged
from engine.lexical.segment import LexicalSegment
from engine.metadata.arrays import view_of
from engine.metadata.columns import field_of, value_of
from engine.store.layout import CHUNKS_FILE, DOCUMENTS_FILE, LEXICAL_DIRECTORY, VECTORS_DIRECTORY, CollectionLayout
from engine.store.manifest import SegmentEntry
from engine.store.segments import guard
from engine.store.segments.batch import chunk_id
from engine.store.segments.guard import Guard
from engine.store.segments.locators import COLUMN, read_cell
from engine.store.segments.tables import map_table
from engine.types import Chunk, Document, Locator, MetadataValue
from engine.vectors.files import VectorFiles

Part = TypeVar("Part")

Table = Literal["documents", "chunks"]
Fact = Literal["id", "uri", "title", "text", "language"]

_TEXTS: tuple[Fact, ...] = get_args(Fact)
_LATER = ("inside", "header")  # columns that older segments lack


class Segment:
    """One segment of one generation. Safe under threads."""

    def __init__(self, directory: Path, entry: SegmentEntry, dimension: int, *, guarded: bool = True) -> None:
        """Open a segment. Without a guard nothing is checked: for callers that have read every byte, and knows what is
        damaged.
        """
        self.directory = directory
        self.entry = entry
        self._dimension = dimension
        self._parts: dict[str, Any] = {}
        self._lock = threading.RLock()
        self._layout = CollectionLayout(directory.parents[1])
        self._guard = Guard(self._layout, entry, self._parts.clear) if guarded else None

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def rows(self) -> int:
        """Chunks, deleted or not."""
        return self.entry.chunks

    @property
    def documents(self) -> pa.Table:
        """One row per document: id, uri, title, text, language, content_hash, locators and columns "<type>.<field>"."""
        return self._part("documents", "documents", lambda: self._table(DOCUMENTS_FILE, self.entry.documents))

    @property
    def chunks(self) -> pa.Table:
        """One row per chunk: document, ordinal, start, end (code points), byte_start, byte_end, headings, inside,
        header.
        """
        return self._part("chunks", "chunks", lambda: self._table(CHUNKS_FILE, self.entry.chunks))

    @property
    def document_rows(self) -> NDArray[np.int32]:
        """Document row of every chunk row, shape (rows,), a view of the memory map."""
        rows: NDArray[np.int32] = self._part("document_rows", "chunks", lambda: column_view(self.chunks, "document"))
        return rows

    def rows_of(self, document_row: int) -> range:
        """The chunk rows of a document, which are neighbours: found without a look at all others."""
        owners = self.document_rows
        bounds = np.array([document_row, document_row + 1], owners.dtype)  # of another type all would be converted
        first, end = np.searchsorted(owners, bounds).tolist()
        return range(first, end)

    @property
    def vectors(self) -> VectorFiles:
        """The segment's vectors. NotEmbedded where the entry has none."""
        entry = self.entry
        if not entry.embedded:
            raise NotEmbedded(f"Segment {self.id} has no vectors yet.", "Run `winnow ingest` again: it goes on.")
        beside = entry.vectors and self._layout.vector_set(entry.vectors.name)
        directory = beside or self.directory / VECTORS_DIRECTORY
        return self._part("vectors", "vectors", lambda: VectorFiles.open(directory, self.rows, self._dimension))

    @property
    def lexical(self) -> LexicalSegment:
        return self._part("lexical", "lexical", lambda: LexicalSegment.open(self.directory / LEXICAL_DIRECTORY))

    def document(self, row: int) -> Document:
        """The document in a row, with its whole text."""
        values = {name: self.document_cell(row, name) for name in _TEXTS}
        return Document(**values, metadata=self._metadata(row))

    def text_bytes(self, row: int) -> memoryview:
        """The text of the document in a row, in UTF-8: a view of the memory map."""
        starts, texts = self._part("texts", "documents", lambda: text_view(self.documents.column("text")))
        return texts[int(starts[row]) : int(starts[row + 1])]

    def text_sizes(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """The lengths of the texts of the documents that the chunks in these rows belong to, in bytes of UTF-8."""
        starts, _ = self._part("texts", "documents", lambda: text_view(self.documents.column("text")))
        documents = self.document_rows[rows]
        sizes: NDArray[np.int64] = starts[documents + 1] - starts[documents]
        return sizes

    def document_cell(self, row: int, name: Fact) -> str:
        """One fact of the document in a row, of which no more is read."""
        return str(self._cell(row, name, "documents"))

    def locators(self, row: int, span: tuple[int, int] | None = None) -> tuple[Locator, ...]:
        """Where the text of the document in a row stands in its file; of a span, only what tells its own places."""
        cells = self._column("documents", COLUMN)
        return () if cells is None else read_cell(cells[row], span)

    def chunk(self, row: int) -> tuple[Chunk, Document]:
        """The chunk in a row, with its document."""
        return self.passage(row)[1], self.document(int(self.document_rows[row]))

    def passage(self, row: int) -> tuple[str, Chunk]:
        """The chunk in a row, with its document's title; the document's text is not decoded."""
        document = self.document_id(row)
        ordinal, start, end, headings = (self._cell(row, name) for name in ("ordinal", "start", "end", "headings"))
        inside, header = (self._cell(row, name) for name in _LATER)
        text = self.chunk_bytes(row).decode()
        name = chunk_id(document, ordinal)
        chunk = Chunk(name, document, ordinal, start, end, text, tuple(headings), tuple(inside or ()), header or "")
        return self.document_cell(int(self.document_rows[row]), "title"), chunk

    def chunk_bytes(self, row: int) -> bytes:
        """The chunk's text in UTF-8, read without decoding or copying the rest of its document."""
        starts, texts = self._part("texts", "documents", lambda: text_view(self.documents.column("text")))
        first = int(starts[self.document_rows[row]])
        return bytes(texts[first + self._cell(row, "byte_start") : first + self._cell(row, "byte_end")])

    def document_id(self, row: int) -> str:
        """Id of the document that the chunk in this row belongs to."""
        return self.document_cell(int(self.document_rows[row]), "id")

    def document_ids(self, rows: Sequence[int]) -> list[str]:
        """The same for the chunks in several rows, in order."""
        starts, ids = self._part("ids", "documents", lambda: text_view(self.documents.column("id")))
        documents = self.document_rows[rows]
        return [
            str(ids[start:end], "utf-8")
            for start, end in zip(starts[documents].tolist(), starts[documents + 1].tolist(), strict=True)
        ]

    def chunk_id(self, row: int) -> str:
        return chunk_id(self.document_id(row), self._cell(row, "ordinal"))

    def _cell(self, row: int, name: str, table: Table = "chunks") -> Any:
        """A cell of a table; None where older segments lack the column."""
        cells = self._column(table, name)
        return None if cells is None else cells[row].as_py()

    def _metadata(self, row: int) -> dict[str, MetadataValue]:
        columns = self._part("metadata", "documents", lambda: _fields(self.documents))
        values = ((field, value_of(cells[row])) for field, cells in columns)
        return {field: value for field, value in values if value is not None}

    def _column(self, table: Table, name: str) -> pa.Array | None:
        """A column in one piece, which is read faster than by the table; None where older segments lack it."""
        return self._part(f"{table}.{name}", table, lambda: _in_one_piece(getattr(self, table), name))

    def _table(self, name: str, rows: int) -> pa.Table:
        table = map_table(self.directory / name)
        if table.num_rows != rows:
            raise StoreDamaged(f"{self.directory / name} has {table.num_rows} rows instead of {rows}.", guard.REMEDY)
        return table

    def let_go(self) -> None:
        """Give up what is mapped and not in use elsewhere: it is opened again when it is asked for."""
        with self._lock:
            self._parts.clear()

    def check_now(self) -> None:
        """Raise StoreDamaged if any of the segment's files is altered now."""
        if self._guard is not None:
            self._guard.check_now()

    def _part(self, name: str, files: guard.Part, load: Callable[[], Part]) -> Part:
        if self._guard is not None:
            self._guard.look(files)
        found = self._parts.get(name)
        if found is None:
            with self._lock:
                found = self._parts.get(name)
                if found is None:
                    with damage_typed(f"Segment {self.directory} cannot be opened", guard.REMEDY):
                        found = self._parts[name] = load()
        return cast(Part, found)


def _in_one_piece(table: pa.Table, name: str) -> pa.Array | None:
    return table.column(name).chunk(0) if name in table.column_names and table.num_rows else None


def _fields(documents: pa.Table) -> list[tuple[str, pa.Array]]:
    """The columns of metadata, sorted by their fields."""
    named = [(field, column) for column in documents.column_names if (field := field_of(column)) is not None]
    return [(field, _in_one_piece(documents, column)) for field, column in sorted(named, key=itemgetter(0))]


def column_view(table: pa.Table, name: str) -> NDArray[Any]:
    """A numeric column without nulls as a NumPy view of the memory map."""
    column = table.column(name)
    return view_of(column.chunk(0) if column.num_chunks else pa.nulls(0, column.type))


def text_view(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], memoryview]:
    """Where the text of each row starts, and the bytes of all rows: views of the memory map.

    For a large_string column without nulls. A scalar of it would be a copy, however long the text is.
    """
    array = column.chunk(0)
    _, starts, texts = array.buffers()
    return np.frombuffer(starts, np.int64)[array.offset :], memoryview(texts)
