"""The additions of one commit: documents with their chunks, and one vector per chunk where they are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.errors import ModelMismatch, UsageError
from engine.text.places import fit
from engine.types import Chunk, Document, Float32, Locator


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document to store. `content_hash` is the indexer's: equal hashes mean that nothing need be done again.

    `locators`, sorted by `start`, tell where the text stands in its file.
    """

    document: Document
    content_hash: str
    chunks: tuple[Chunk, ...]
    locators: tuple[Locator, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """`vectors` has shape (chunks, d), float32, in the order of the documents and of the chunks in each; `runtimes` are
    what computed them, where that is known.

    None: the text is committed first, and the vectors follow (engine/store/segments/vector_sets.py).
    """

    documents: tuple[StoredDocument, ...]
    vectors: Float32 | None
    runtimes: frozenset[str] = frozenset()

    @property
    def chunks(self) -> int:
        return sum(len(stored.chunks) for stored in self.documents)

    def check(self, dimension: int) -> None:
        """Raise UsageError or ModelMismatch unless the batch keeps every promise that the store makes to its
        readers.
        """
        counts = Counter(stored.document.id for stored in self.documents)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise UsageError(f"The batch names {_some(twice)} more than once.", "Keep one version of each document.")
        if self.vectors is not None:
            self._check_vectors(self.vectors, dimension)
        for stored in self.documents:
            _check_document(stored)

    def _check_vectors(self, vectors: Float32, dimension: int) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != dimension:
            raise ModelMismatch(
                f"The vectors have shape {vectors.shape}, but the collection has {dimension} dimensions.",
                "Use the model that the collection was indexed with.",
            )
        if len(vectors) != self.chunks:
            raise UsageError(f"{self.chunks} chunks have {len(vectors)} vectors.", "Give one vector per chunk.")
        check_finite(vectors)


def check_finite(vectors: Float32) -> None:
    """Raise UsageError unless every component is a number."""
    if not np.isfinite(vectors).all():
        raise UsageError("A vector holds NaN or infinity.", "Check the encoder: its output cannot be searched.")


def _check_document(stored: StoredDocument) -> None:
    document = stored.document
    if not document.id:
        raise UsageError(f"The document at {document.uri!r} has an empty id.", "Give every document an id.")
    try:
        for value in _strings(stored):
            value.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"Document {document.id!r} is not valid Unicode: {error}.", "Decode it again.") from error
    if not fit(stored.locators, len(document.text)):
        raise UsageError(f"The locators of document {document.id!r} do not fit.", "This is an error of the parser.")
    for place, chunk in enumerate(stored.chunks):
        if not 0 <= chunk.start <= chunk.end or document.text[chunk.start : chunk.end] != chunk.text:
            raise UsageError(f"Chunk {chunk.id!r} is not the text it points to.", "This is an error of the chunker.")
        if chunk.ordinal != place or chunk.id != chunk_id(document.id, place) or chunk.document_id != document.id:
            raise UsageError(
                f"Chunk {chunk.id!r} of document {document.id!r} should be {chunk_id(document.id, place)!r}.",
                "Number the chunks of a document from 0, in order.",
            )


def _strings(stored: StoredDocument) -> Iterator[str]:
    """Every string that goes to disk."""
    document = stored.document
    yield from (document.id, document.uri, document.title, document.text, document.language, stored.content_hash)
    for name, value in document.metadata.items():
        yield name
        yield from (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
    for chunk in stored.chunks:
        yield from chunk.headings
        yield from chunk.inside
        yield chunk.header
    for locator in stored.locators:
        yield locator.value


def chunk_id(document_id: str, ordinal: int) -> str:
    """A chunk's id is derived, never stored."""
    return f"{document_id}#{ordinal}"


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
