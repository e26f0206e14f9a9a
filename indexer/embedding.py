"""Vectors for text that is stored already: of an ingest that committed text first, or for another model.

A kill costs seconds of embedding: rows are durable in blocks, of which the next attempt finds those that are whole. And
every `commit_seconds` the documents that are done are searchable by their vectors: in a segment of their own, which a
commit puts in the place of the text that waited.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby

import numpy as np

from engine.errors import UsageError
from engine.protocols import Encoder
from engine.settings import settings
from engine.store.manifest import Manifest, SegmentEntry, VectorsEntry
from engine.store.segments.batch import Batch, StoredDocument
from engine.store.segments.segment import Segment
from engine.store.segments.tombstones import Tombstones, read_tombstones
from engine.store.segments.vector_sets import VectorSetWriter
from engine.store.writer import CollectionWriter
from engine.types import Chunk, Float32
from indexer.chunking.chunker import Chunker
from indexer.steps import Clock, Steps

DURABLE_CHUNKS = 1024  # rows after which a block is made durable,
DURABLE_SECONDS = (
    20.0  # and the seconds after which it is, or `commit_seconds` where these are less: what a kill may cost
)

OnEmbedded = Callable[[int], None]  # of how many chunks


def embed_missing(
    writer: CollectionWriter,
    encoder: Encoder,
    chunker: Chunker,
    on_embedded: OnEmbedded,
    *,
    on_resumed: OnEmbedded = lambda chunks: None,
    on_commit: Callable[[], None] = lambda: None,
    clock: Clock = time.monotonic,
) -> None:
    """Give vectors to every segment that has none, the oldest first, in a commit at least every `commit_seconds`.

    `on_resumed` is called with how many chunks of a segment an attempt that was cut short has embedded already.
    """
    steps = Steps(encoder, on_embedded, clock)
    for entry in writer.manifest.segments:
        if not entry.embedded:
            work = _Work(writer, entry, steps, chunker)
            on_resumed(work.resumed)
            _embed(work, on_commit)


def embed_segment(
    writer: CollectionWriter, entry: SegmentEntry, encoder: Encoder, chunker: Chunker, on_embedded: OnEmbedded
) -> VectorsEntry:
    """The vectors of a segment's living chunks, durable but named by no manifest yet; deleted chunks get zeros.

    Goes on where an earlier attempt with the same model was cut short.
    """
    work = _Work(writer, entry, Steps(encoder, on_embedded), chunker)
    for _ in work.blocks():
        pass
    return work.made.finish()


class _Work:
    """One segment, and what has been made of its vectors."""

    def __init__(self, writer: CollectionWriter, entry: SegmentEntry, steps: Steps, chunker: Chunker) -> None:
        self.writer = writer
        self.entry = entry
        self.steps = steps
        self.chunker = chunker
        self.segment = Segment(writer.layout.segment(entry.id), entry, steps.encoder.dimension)
        self.deleted = read_tombstones(writer.layout, entry)
        self.made = VectorSetWriter(writer.layout, entry, steps.encoder.fingerprint)

    @property
    def resumed(self) -> int:
        """Living chunks that are embedded already."""
        done = self.made.rows
        return done if self.deleted is None else done - int(self.deleted.chunks[:done].sum())

    def blocks(self) -> Iterator[Float32]:
        """Embed the rows that are missing, and yield the vectors of each block once it is durable, shape (n, d)."""
        clock, seconds = self.steps.clock, min(DURABLE_SECONDS, settings().commit_seconds)
        while (first := self.made.rows) < self.segment.rows:
            last, row, began = min(first + DURABLE_CHUNKS, self.segment.rows), first, clock()
            parts: list[Float32] = []
            while row < last and (not parts or clock() - began < seconds):
                parts.append(self._vectors(range(row, min(row + self.steps.size, last))))
                row += len(parts[-1])
            vectors = np.concatenate(parts)
            self.made.append(vectors)
            yield vectors

    def _vectors(self, rows: range) -> Float32:
        vectors = np.zeros((len(rows), self.steps.encoder.dimension), np.float32)
        living = [row for row in rows if self.deleted is None or not self.deleted.chunks[row]]
        if living:
            vectors[np.array(living) - rows.start] = self.steps.embed(
                embedding_texts(self.segment, living, self.chunker)
            )
        return vectors


def _embed(work: _Work, on_commit: Callable[[], None]) -> None:
    """Embed a segment, and commit what is done of it whenever it is time; what is left at the end gets its vectors in
    place, without being written again.
    """
    clock, writer = work.steps.clock, work.writer
    done = _Done(work.segment, work.deleted, work.made.rows)
    since, moved = clock(), False
    for vectors in work.blocks():
        done.add(vectors)
        whole = work.made.rows == work.segment.rows
        if (moved if whole else clock() - since >= settings().commit_seconds) and (batch := done.take()):
            writer.commit(replace(batch, runtimes=work.steps.runtimes))
            on_commit()
            since, moved = clock(), True
    left = next((entry for entry in writer.manifest.segments if entry.id == work.entry.id), None)
    if left is not None:
        vectors_entry = work.made.finish()
        done_entry = replace(left, embedded=True, vectors=vectors_entry)
        writer.publish(partial(_with, done_entry, work.steps.runtimes))
        on_commit()


class _Done:
    """The documents of a segment whose vectors are known, in order, until they are taken."""

    def __init__(self, segment: Segment, deleted: Tombstones | None, first: int) -> None:
        self._segment = segment
        self._deleted = deleted
        self._bounds = np.searchsorted(segment.document_rows, np.arange(segment.entry.documents + 1))
        self._document = int(np.searchsorted(self._bounds[:-1], first))  # the first one that began after `first`
        self._first = first  # row of the first of the vectors
        self._vectors = np.empty((0, 0), np.float32)

    def add(self, vectors: Float32) -> None:
        """The vectors of the next rows."""
        self._vectors = np.concatenate([self._vectors, vectors]) if len(self._vectors) else vectors

    def take(self) -> Batch | None:
        """The documents that are whole and alive, with their vectors; None if there is none."""
        end = int(np.searchsorted(self._bounds[1:], self._first + len(self._vectors), side="right"))
        living = [
            row for row in range(self._document, end) if self._deleted is None or not self._deleted.documents[row]
        ]
        if not living:
            return None
        parts = [self._vectors[self._bounds[row] - self._first : self._bounds[row + 1] - self._first] for row in living]
        batch = Batch(tuple(self._stored(row) for row in living), np.concatenate(parts))
        self._vectors = self._vectors[self._bounds[end] - self._first :]
        self._document, self._first = end, int(self._bounds[end])
        return batch

    def _stored(self, row: int) -> StoredDocument:
        chunks = tuple(
            self._segment.passage(int(chunk))[1] for chunk in range(self._bounds[row], self._bounds[row + 1])
        )
        content_hash = str(self._segment.documents.column("content_hash")[row].as_py())
        return StoredDocument(self._segment.document(row), content_hash, chunks, self._segment.locators(row))


def embedding_texts(segment: Segment, rows: list[int], chunker: Chunker) -> list[str]:
    """Texts that are embedded of the chunks in these rows, as an ingest does it."""
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


def _with(done: SegmentEntry, runtimes: frozenset[str], manifest: Manifest) -> Manifest:
    segments = tuple(done if entry.id == done.id else entry for entry in manifest.segments)
    index = manifest.index_fingerprint.with_runtimes(runtimes)
    return replace(manifest, segments=segments, index_fingerprint=index)
