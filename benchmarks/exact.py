"""Exact float32 search over the same chunks: what quantisation is measured against.

The store keeps codes only, so the chunks are encoded anew, exactly as they were when ingested.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from benchmarks.answers import DEPTH, Scored
from engine.pipeline import Searcher
from engine.store.generation import Generation
from engine.types import Chunk, Document, Float32, RowId
from engine.vectors.exact import search_exact
from indexer.chunker import Chunker

_TEXTS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class ExactIndex:
    """`vectors` (n, d) float32 and the document of each row."""

    vectors: Float32
    documents: list[str]

    def search(self, query: Float32, excluded: str | None = None) -> Scored:
        """The first DEPTH documents by their best chunk's dot product with `query` (d,); ties by row."""
        best: dict[str, float] = {}
        for row, score in zip(*search_exact(self.vectors, query, len(self.vectors)), strict=True):
            document = self.documents[row]
            if document != excluded:
                best.setdefault(document, float(score))
            if len(best) == DEPTH:
                break
        return list(best.items())


def build_exact(searcher: Searcher) -> ExactIndex:
    """Encode every living chunk of the searcher's generation."""
    chunker = Chunker.for_encoder(searcher.encoder)
    vectors: list[Float32] = [np.empty((0, searcher.encoder.dimension), np.float32)]
    documents: list[str] = []
    texts: list[str] = []
    for document, chunks in _living(searcher.generation):
        texts += chunker.embedding_texts(document.title, chunks)
        documents += [document.id] * len(chunks)
        if len(texts) >= _TEXTS_AT_ONCE:
            vectors.append(searcher.encoder.encode(texts, role="document"))
            texts = []
    vectors.append(searcher.encoder.encode(texts, role="document") if texts else vectors[0])
    return ExactIndex(np.concatenate(vectors), documents)


def search_all(index: ExactIndex, searcher: Searcher, queries: dict[str, str]) -> dict[str, Scored]:
    """Query id -> its exact list, without the document that is the query itself."""
    return {
        query: index.search(searcher.encoder.encode([text], role="query")[0], excluded=query)
        for query, text in queries.items()
    }


def _living(generation: Generation) -> Iterator[tuple[Document, list[Chunk]]]:
    """Each living document with its chunks, in order of rows."""
    for position, (segment, alive) in enumerate(zip(generation.segments, generation.living, strict=True)):
        rows = range(segment.rows) if alive is None else np.flatnonzero(alive).tolist()
        pairs = (generation.chunk(RowId(position, row)) for row in rows)
        for _, group in groupby(pairs, key=lambda pair: pair[1].id):
            held = list(group)
            yield held[0][1], [chunk for chunk, _ in held]
