"""Facts of rows that ranking needs, as they travel: columns, since a thousand small objects cost more than a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.store.generation import Generation
from engine.store.segments.batch import chunk_id
from engine.store.segments.segment import column_view
from engine.types import RowId, Rows

Numbers = NDArray[np.int32]


class Owners(NamedTuple):
    """To which document each of n rows belongs, and as which of its passages; shapes (n,)."""

    documents: Numbers
    ordinals: Numbers


class Names(NamedTuple):
    """Documents by their segments and rows, each once: ids, and the lengths of their texts in bytes."""

    segments: Numbers
    documents: Numbers
    ids: Sequence[str]
    sizes: Sequence[int]


def owners_of(generation: Generation, segments: NDArray[np.int64], rows: Rows) -> Owners:
    """The owners of rows, each in the segment at its position."""
    documents, ordinals = np.zeros(len(rows), np.int32), np.zeros(len(rows), np.int32)
    for place, segment in enumerate(generation.segments):
        here = segments == place
        own = rows[here]
        documents[here] = segment.document_rows[own]
        ordinals[here] = column_view(segment.chunks, "ordinal")[own]
    return Owners(documents, ordinals)


def names_of(generation: Generation, segments: NDArray[np.int64], rows: Rows, documents: Numbers) -> Names:
    """The names of the documents of rows, each once however often it is given."""
    _, first = np.unique((segments << 32) | documents, return_index=True)
    places, owners, own = segments[first], documents[first], rows[first]
    ids: list[str] = []
    sizes: list[int] = []
    for place in range(len(generation.segments)):
        here = own[places == place]
        if len(here):
            ids += generation.segments[place].document_ids(here)
            sizes += generation.segments[place].text_sizes(here).tolist()
    return Names(places.astype(np.int32), owners.astype(np.int32), ids, sizes)


class Facts:
    """Facts that a search has been told of rows, which are numbered as in the whole generation."""

    def __init__(self) -> None:
        self._owners: dict[RowId, tuple[int, int]] = {}
        self._names: dict[tuple[int, int], tuple[str, int]] = {}

    def note_owners(self, rows: Iterable[RowId], owners: Owners) -> None:
        self._owners |= zip(rows, zip(owners.documents.tolist(), owners.ordinals.tolist(), strict=True), strict=True)

    def note_names(self, positions: Sequence[int], names: Names) -> None:
        """`positions` are those in the whole generation of the segments of one shard."""
        places = zip((positions[segment] for segment in names.segments), names.documents.tolist(), strict=True)
        self._names |= zip(places, zip(names.ids, names.sizes, strict=True), strict=True)

    def has(self, row: RowId) -> bool:
        """Whether all is known of a row."""
        owner = self._owners.get(row)
        return owner is not None and (row.segment, owner[0]) in self._names

    def document_row(self, row: RowId) -> int | None:
        """The row of the document, None where it is not known."""
        owner = self._owners.get(row)
        return None if owner is None else owner[0]

    def document_id(self, row: RowId) -> str:
        return self._name(row)[0]

    def text_size(self, row: RowId) -> int:
        return self._name(row)[1]

    def chunk_id(self, row: RowId) -> str:
        return chunk_id(self.document_id(row), self._owners[row][1])

    def _name(self, row: RowId) -> tuple[str, int]:
        return self._names[row.segment, self._owners[row][0]]
