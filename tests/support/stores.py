"""Small, deterministic collections for the store's tests."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.fingerprint import IndexFingerprint, QueryFingerprint
from engine.store.generation import Generation
from engine.store.manifest import CollectionConfig
from engine.store.segments.batch import Batch, StoredDocument
from engine.types import Chunk, Document, Float32, Locator, MetadataValue, Place, RowId

DIMENSION = 16
CHUNK = 24  # code points of a chunk
TEXT = "The ferry über the Fjörd leaves at dawn. 船は夜明けに出る。 Bring 🎒 and bread. "


@contextmanager
def fast_home() -> Iterator[Path]:
    """A folder in memory where the system has one: what is tested is not the disk's speed."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="winnow-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder) / "home"


def config(weights: str = "w", dimension: int = DIMENSION) -> CollectionConfig:
    return CollectionConfig(
        models={"encoder": "fake", "reranker": None},
        query_fingerprint=QueryFingerprint(weights, "t", "mean", {"query": ""}, dimension, 128),
        index_fingerprint=IndexFingerprint(1, "codec", "chunker", "analyser"),
    )


def stored(
    name: str,
    text: str = TEXT,
    *,
    language: str = "en",
    title: str | None = None,
    locators: Sequence[Locator] = (),
    **metadata: MetadataValue,
) -> StoredDocument:
    """A document cut into chunks of CHUNK code points; its hash covers everything in it."""
    document = Document(name, f"file:///{name}", title or f"Title of {name}", text, language, metadata)
    spans = [(start, min(start + CHUNK, len(text))) for start in range(0, len(text), CHUNK)]
    chunks = tuple(
        Chunk(f"{name}#{i}", name, i, start, end, text[start:end], (f"Part {i}",))
        for i, (start, end) in enumerate(spans)
    )
    content_hash = hashlib.sha256(repr(document).encode()).hexdigest()
    return StoredDocument(document, content_hash, chunks, tuple(locators))


def batch(*documents: StoredDocument) -> Batch:
    return Batch(documents, vectors_of([chunk.text for stored in documents for chunk in stored.chunks]))


def vectors_of(texts: Sequence[str]) -> Float32:
    """A fake encoder: a vector that depends on the text alone."""
    rows = [np.random.default_rng(zlib.crc32(text.encode())).normal(size=DIMENSION) for text in texts]
    return np.array(rows, np.float32).reshape(len(texts), DIMENSION)


def contents(generation: Generation) -> dict[str, Document]:
    """Every living document by id, read back."""
    found = {}
    for position, (segment, deleted) in enumerate(zip(generation.segments, generation.tombstones, strict=True)):
        for row in range(segment.entry.documents):
            if deleted is None or not deleted.documents[row]:
                document = generation.document(position, row)
                assert document.id not in found
                found[document.id] = document
    return found


def places(generation: Generation) -> dict[str, tuple[Place, ...]]:
    """Where every living passage that knows it stands in its file, by the passage's id."""
    found = {}
    for position, segment in enumerate(generation.segments):
        alive = generation.living[position]
        for row in range(segment.rows) if alive is None else np.flatnonzero(alive).tolist():
            chunk, document = generation.chunk(RowId(position, row))
            found[chunk.id] = generation.places(RowId(position, row), document, chunk.start, chunk.end)
    return {chunk: told for chunk, told in found.items() if told}


def tree(home: Path) -> dict[str, bytes]:
    """Every file of a home with its bytes, but SQLite's own."""
    files = (path for path in home.rglob("*") if path.is_file() and not path.name.startswith("catalogue.sqlite"))
    return {str(path.relative_to(home)): path.read_bytes() for path in files}
