"""Vectors for text that is stored already: of an ingest that committed text first, or for another model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import groupby

import numpy as np

from engine.errors import UsageError
from engine.protocols import Encoder
from engine.store.manifest import Manifest, SegmentEntry, VectorsEntry
from engine.store.segment import Segment
from engine.store.tombstones import read_tombstones
from engine.store.vector_sets import VectorSetWriter
from engine.store.writer import CollectionWriter
from engine.types import Chunk
from indexer.chunker import Chunker
from indexer.pending import EMBED_CHUNKS

DURABLE_CHUNKS = 1024  # what a kill may cost: some twenty seconds of a small encoder on two cores

Heard = Callable[[int], None]  # how many chunks were just embedded


def embed_missing(writer: CollectionWriter, encoder: Encoder, chunker: Chunker, on_embedded: Heard) -> None:
    """Give vectors to every segment that has none, the oldest first, in one commit each. A kill loses little."""
    for entry in writer.manifest.segments:
        if not entry.embedded:
            vectors = embed_segment(writer, entry, encoder, chunker, on_embedded)
            writer.publish(partial(_with, replace(entry, embedded=True, vectors=vectors)))


def embed_segment(
    writer: CollectionWriter, entry: SegmentEntry, encoder: Encoder, chunker: Chunker, on_embedded: Heard
) -> VectorsEntry:
    """The vectors of a segment's living chunks, durable but named by no manifest yet; the dead get zeros.

    Goes on where an earlier attempt with the same model was cut short.
    """
    segment = Segment(writer.layout.segment(entry.id), entry, encoder.dimension)
    dead = read_tombstones(writer.layout, entry)
    made = VectorSetWriter(writer.layout, entry, encoder.fingerprint)
    while made.rows < segment.rows:
        block = range(made.rows, min(made.rows + DURABLE_CHUNKS, segment.rows))
        vectors = np.zeros((len(block), encoder.dimension), np.float32)
        living = [row for row in block if dead is None or not dead.chunks[row]]
        for start in range(0, len(living), EMBED_CHUNKS):
            rows = living[start : start + EMBED_CHUNKS]
            texts = embedding_texts(segment, rows, chunker)
            vectors[np.array(rows) - block.start] = encoder.encode(texts, role="document")
            on_embedded(len(rows))
        made.append(vectors)
    return made.finish()


def embedding_texts(segment: Segment, rows: list[int], chunker: Chunker) -> list[str]:
    """What is embedded of the chunks in these rows, as an ingest does it."""
    passages = [segment.passage(row) for row in rows]
    texts: list[str] = []
    for (_, title), group in groupby(passages, key=lambda passage: (passage[1].document_id, passage[0])):
        texts += _of_document(title, [chunk for _, chunk in group], chunker)
    return texts


def _of_document(title: str, chunks: list[Chunk], chunker: Chunker) -> list[str]:
    try:
        return chunker.embedding_texts(title, chunks)
    except UsageError:  # a chunk that was cut for a model that reads more: this one reads its beginning
        return [chunk.text if too_long(chunk, chunker) else chunker.embedding_text(title, chunk) for chunk in chunks]


def too_long(chunk: Chunk, chunker: Chunker) -> bool:
    """Whether the encoder would cut the chunk, even without its title and headings."""
    return chunker.tokens.count([chunk.text])[0] > chunker.max_tokens


def _with(done: SegmentEntry, manifest: Manifest) -> Manifest:
    segments = tuple(done if entry.id == done.id else entry for entry in manifest.segments)
    return replace(manifest, segments=segments)
