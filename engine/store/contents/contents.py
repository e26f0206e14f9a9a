"""Documents of a generation as they are stored: one after another, read as wholes, and what all of them have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.store.contents.values import Values, values_of
from engine.store.segments.segment import Segment, column_view
from engine.store.segments.tombstones import Tombstones
from engine.types import Document, Locator, MetadataType

DocumentRow = tuple[int, int]  # the position of a segment, and a row of its documents
LOOKED_AT = 2_000  # passages of a segment whose headings are read


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it is stored; `content_hash` changes with what it was made from.

    `passages` are their spans of the text, in order; `locators` tell where those stand in the document's file.
    """

    document: Document
    content_hash: str
    passages: tuple[tuple[int, int], ...]
    locators: tuple[Locator, ...]


class Contents:
    """The living documents of segments."""

    def __init__(
        self,
        segments: Sequence[Segment],
        tombstones: Sequence[Tombstones | None],
        schema: Mapping[str, MetadataType],
    ) -> None:
        self._segments, self._tombstones, self._schema = segments, tombstones, schema

    def following(self, segment: int, row: int, most: int) -> list[DocumentRow]:
        """The next documents, at most so many, from a row of a segment on."""
        found: list[DocumentRow] = []
        for position in range(segment, len(self._segments)):
            start = row if position == segment else 0
            found += ((position, own) for own in self.rows(position, start, most - len(found)))
            if len(found) == most:
                break
        return found

    def rows(self, segment: int, start: int, most: int) -> list[int]:
        """The next rows of documents within one segment."""
        deleted, stored = self._tombstones[segment], self._segments[segment].entry.documents
        if deleted is None:
            return list(range(start, min(stored, start + most)))
        living: list[int] = np.flatnonzero(~deleted.documents[start:])[:most].tolist()
        return [start + row for row in living]

    def documents(self, places: Sequence[DocumentRow]) -> list[Document]:
        """Documents with their texts."""
        return [self._segments[segment].document(row) for segment, row in places]

    def stored(self, segment: int, row: int) -> Stored:
        """One document with all that is stored of it."""
        of = self._segments[segment]
        rows = of.rows_of(row)
        starts, ends = (column_view(of.chunks, name)[rows.start : rows.stop].tolist() for name in ("start", "end"))
        content_hash = str(of.documents.column("content_hash")[row].as_py())
        return Stored(of.document(row), content_hash, tuple(zip(starts, ends, strict=True)), of.locators(row))

    def titles(self, most: int) -> list[str]:
        """Titles of the first documents, as they are written."""
        found: list[str] = []
        for segment in range(len(self._segments)):
            found += self.titles_of(segment, most - len(found))
        return found

    def titles_of(self, segment: int, most: int) -> list[str]:
        """The same within one segment."""
        column, deleted = self._segments[segment].documents.column("title"), self._tombstones[segment]
        if deleted is not None:
            column = column.take(np.flatnonzero(~deleted.documents))
        titles: list[str] = column.slice(0, most).to_pylist()
        return titles

    def headings(self, longest: int) -> list[tuple[str, bool]]:
        """Titles and headings of the first passages of each segment, of at most so many code points, each once, and
        whether it is a title.
        """
        return list(
            dict.fromkeys(
                found for segment in range(len(self._segments)) for found in self.headings_of(segment, longest)
            )
        )

    def headings_of(self, segment: int, longest: int) -> list[tuple[str, bool]]:
        """The same within one segment."""
        return list(dict.fromkeys(found for found in self._headings(segment) if 0 < len(found[0]) <= longest))

    def values(self) -> dict[str, Values]:
        """All values of each field, of documents that have a passage."""
        owners = [
            np.unique(of.document_rows if deleted is None else of.document_rows[~deleted.chunks])
            for of, deleted in zip(self._segments, self._tombstones, strict=True)
        ]
        return values_of(self._segments, owners, self._schema)

    def _headings(self, segment: int) -> Iterator[tuple[str, bool]]:
        of, deleted = self._segments[segment], self._tombstones[segment]
        titles = of.documents.column("title")
        names = [name for name in ("headings", "inside") if name in of.chunks.column_names]  # older ones lack one
        headings = [of.chunks.column(name) for name in names]
        for row, document in enumerate(of.document_rows[:LOOKED_AT].tolist()):
            if deleted is None or not bool(deleted.documents[document]):
                yield " ".join((titles[document].as_py() or "").split()), True
                for column in headings:
                    yield from ((" ".join(text.split()), False) for text in (column[row].as_py() or [])[-1:])
