"""The documents of a generation, without their texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.filters import Filter
from engine.store.generation import Generation


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A living document, where it comes from, and how many chunks it has."""

    id: str
    title: str
    chunks: int
    uri: str


def list_documents(
    generation: Generation, filter: Filter | None = None, prefix: str = "", place: str = ""
) -> list[ListedDocument]:
    """The living documents whose id begins with `prefix` and whose metadata match, by id. InvalidFilter.

    `place`: only those whose uri begins with it.
    """
    found = []
    masks = generation.filter_masks(filter)
    for segment, deleted, rows in zip(generation.segments, generation.tombstones, masks, strict=True):
        documents = segment.entry.documents
        wanted = np.ones(documents, np.bool_) if deleted is None else ~deleted.documents
        chunks = np.bincount(segment.document_rows, minlength=documents)
        if filter is not None:
            wanted &= _with_rows(segment.document_rows, rows, documents)
        ids, titles, uris = (segment.documents.column(name) for name in ("id", "title", "uri"))
        for row in np.flatnonzero(wanted).tolist():
            name, uri = str(ids[row].as_py()), str(uris[row].as_py())
            if name.startswith(prefix) and (not place or uri.startswith(place)):
                found.append(ListedDocument(name, str(titles[row].as_py()), int(chunks[row]), uri))
    return sorted(found, key=lambda document: document.id)


def _with_rows(document_rows: NDArray[np.int32], rows: NDArray[np.bool_] | None, documents: int) -> NDArray[np.bool_]:
    """Which documents have a chunk among the rows, shape (documents,)."""
    held = np.zeros(documents, np.bool_)
    held[document_rows if rows is None else document_rows[rows]] = True
    return held
