"""Documents on their way into the store: collected, and committed together, with their vectors or before them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from engine.language_prior import settle
from engine.protocols import Encoder
from engine.settings import settings
from engine.store.batch import Batch, StoredDocument
from engine.types import Float32
from indexer.chunker import Chunker

EMBED_CHUNKS = 256  # enough for batches of even length, few enough for steady progress


class Pending:
    """Collects documents until a commit is due. `on_embedded` hears how many chunks were just embedded."""

    def __init__(self, encoder: Encoder, chunker: Chunker, on_embedded: Callable[[int], None]) -> None:
        self._encoder = encoder
        self._chunker = chunker
        self._on_embedded = on_embedded
        self._reset()

    def _reset(self) -> None:
        self._documents: list[StoredDocument] = []
        self._ids: set[str] = set()
        self._chunks = 0
        self._since = time.monotonic()

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._ids

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def chunks(self) -> int:
        return self._chunks

    @property
    def due(self) -> bool:
        """Whether there is enough, or for long enough, to commit."""
        limits = settings()
        waited = time.monotonic() - self._since
        return self._chunks >= limits.commit_chunks or (bool(self._documents) and waited >= limits.commit_seconds)

    def add(self, stored: StoredDocument) -> None:
        if not self._documents:
            self._since = time.monotonic()
        self._documents.append(stored)
        self._ids.add(stored.document.id)
        self._chunks += len(stored.chunks)

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

    def take(self, *, embed: bool) -> Batch:
        """Everything collected, with its vectors if `embed`; the collection starts anew."""
        batch = Batch(tuple(self._documents), self._embedded() if embed else None)
        self._reset()
        return batch

    def _embedded(self) -> Float32:
        texts = [
            text
            for stored in self._documents
            for text in self._chunker.embedding_texts(stored.document.title, stored.chunks)
        ]
        vectors = [np.empty((0, self._encoder.dimension), np.float32)]
        for start in range(0, len(texts), EMBED_CHUNKS):
            part = texts[start : start + EMBED_CHUNKS]
            vectors.append(self._encoder.encode(part, role="document"))
            self._on_embedded(len(part))
        return np.concatenate(vectors)
