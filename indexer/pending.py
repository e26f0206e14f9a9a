"""Documents on their way into the store: collected, and committed together, with their vectors or before them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from engine.awaited import check_awaited
from engine.protocols import Encoder
from engine.settings import settings
from engine.store.segments.batch import Batch, StoredDocument
from engine.text.language_prior import settle
from engine.types import Float32
from indexer.chunking.chunker import Chunker
from indexer.steps import Clock, Steps


class Pending:
    """Collects documents until a commit is due. `on_embedded` is called with how many chunks were just embedded."""

    def __init__(
        self, encoder: Encoder, chunker: Chunker, on_embedded: Callable[[int], None], clock: Clock = time.monotonic
    ) -> None:
        self._steps = Steps(encoder, on_embedded, clock)
        self._on_embedded = on_embedded
        self._chunker = chunker
        self._clock = clock
        self._reset()

    def _reset(self) -> None:
        self._documents: list[StoredDocument] = []
        self._vectors: list[Float32] = []  # of the documents that were embedded as they were read: of all, or of none
        self._ids: set[str] = set()
        self._chunks = 0
        self._since = self._clock()

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._ids

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def chunks(self) -> int:
        return self._chunks

    @property
    def embedded(self) -> bool:
        """Whether all vectors are there."""
        return len(self._vectors) == len(self._documents)

    @property
    def due(self) -> bool:
        """Whether there is enough, or for long enough, to commit."""
        limits = settings()
        waited = self._clock() - self._since
        return self._chunks >= limits.commit_chunks or (bool(self._documents) and waited >= limits.commit_seconds)

    def add(self, stored: StoredDocument, vectors: Float32 | None = None) -> None:
        """Collect a document, with the vectors of its chunks, shape (n, d), where they are known."""
        if not self._documents:
            self._since = self._clock()
        self._documents.append(stored)
        self._ids.add(stored.document.id)
        self._chunks += len(stored.chunks)
        if vectors is not None:
            self._vectors.append(vectors)

    def settle_languages(self, known: Mapping[str, int]) -> None:
        """Give undecided documents a language of the collection, which holds `known` chunks of each already."""
        documents = [stored.document for stored in self._documents]
        languages = settle(
            [f"{document.title}\n{document.text}" for document in documents],
            [document.language for document in documents],
            known,
        )
        for place, (document, language) in enumerate(zip(documents, languages, strict=True)):
            if language != document.language:
                settled = replace(document, language=language)
                self._documents[place] = replace(self._documents[place], document=settled)

    def take(self, *, embed: bool) -> Iterator[Batch]:
        """Everything collected, in batches to be committed one after the other; the collection starts again.

        Those whose vectors are there are one batch. Else, without `embed`, one batch without vectors, or batches with
        them, one at least every `commit_seconds`.
        """
        check_awaited()
        documents, known, are_embedded = self._documents, self._vectors, self.embedded
        self._reset()
        if documents and are_embedded:
            self._on_embedded(sum(map(len, known)))
            yield Batch(tuple(documents), np.concatenate(known))
            return
        if not embed:
            yield Batch(tuple(documents), None)
            return
        since = self._clock()
        done: list[StoredDocument] = []
        vectors = [np.empty((0, self._steps.encoder.dimension), np.float32)]
        while documents:
            group = self._next_group(documents)
            vectors.append(self._embedded(group))
            done += group
            documents = documents[len(group) :]
            if not documents or self._clock() - since >= settings().commit_seconds:
                yield Batch(tuple(done), np.concatenate(vectors), self._steps.runtimes)
                since, done, vectors = self._clock(), [], vectors[:1]

    def _next_group(self, documents: list[StoredDocument]) -> list[StoredDocument]:
        """The first documents, whole, that fill a step of embedding."""
        chunks = 0
        for count, stored in enumerate(documents, start=1):
            chunks += len(stored.chunks)
            if chunks >= self._steps.size:
                return documents[:count]
        return documents

    def _embedded(self, group: list[StoredDocument]) -> Float32:
        texts = [
            text for stored in group for text in self._chunker.embedding_texts(stored.document.title, stored.chunks)
        ]
        return self._steps.embed(texts)
