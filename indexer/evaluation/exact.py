"""Exact float32 search over the same chunks: what quantisation is measured against.

The store keeps codes only, so the chunks are encoded again, exactly as they were when ingested.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from engine.query.pipeline import Searcher
from engine.store.generation import Generation
from engine.types import Chunk, Document, Float32, RowId, Rows
from engine.vectors.exact import search_exact
from indexer.chunking.chunker import Chunker
from indexer.evaluation.answers import DEPTH, Scored

_TEXTS_AT_ONCE = 256
_SEED = 0


@dataclass(frozen=True, slots=True)
class ExactIndex:
    """`vectors` (n, d) float32 and the document of each row; `rows` are the chunks' rows per segment, in order."""

    vectors: Float32
    documents: list[str]
    rows: list[Rows]

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


def build_exact(searcher: Searcher, most: int | None = None, wanted: Collection[str] = ()) -> ExactIndex:
    """Encode every living chunk of the searcher's generation, or whole documents at random with some `most` chunks.

    The documents `wanted`, as far as they exist, are among them whatever `most` says.
    """
    rows = _living_rows(searcher.generation)
    if most is not None and sum(map(len, rows)) > most:
        rows = _sampled(searcher.generation, rows, most, wanted)
    chunker = Chunker.for_encoder(searcher.encoder)
    vectors: list[Float32] = [np.empty((0, searcher.encoder.dimension), np.float32)]
    documents: list[str] = []
    texts: list[str] = []
    for document, chunks in _documents(searcher.generation, rows):
        texts += chunker.embedding_texts(document.title, chunks)
        documents += [document.id] * len(chunks)
        if len(texts) >= _TEXTS_AT_ONCE:
            vectors.append(searcher.encoder.encode(texts, role="document"))
            texts = []
    vectors.append(searcher.encoder.encode(texts, role="document") if texts else vectors[0])
    return ExactIndex(np.concatenate(vectors), documents, rows)


def search_all(index: ExactIndex, searcher: Searcher, queries: dict[str, str]) -> dict[str, Scored]:
    """Query id -> its exact list, without the document that is the query itself."""
    return {
        query: index.search(searcher.encoder.encode([text], role="query")[0], excluded=query)
        for query, text in queries.items()
    }


def _living_rows(generation: Generation) -> list[Rows]:
    return [
        np.arange(segment.rows) if alive is None else np.flatnonzero(alive)
        for segment, alive in zip(generation.segments, generation.living, strict=True)
    ]


def _sampled(generation: Generation, living: Sequence[Rows], most: int, wanted: Collection[str]) -> list[Rows]:
    """Living rows whose documents were drawn: the wanted ones, then others until `most` rows."""
    owners = [segment.document_rows[rows] for segment, rows in zip(generation.segments, living, strict=True)]
    places, counts = [], []
    for position, documents in enumerate(owners):
        names, count = np.unique(documents, return_counts=True)
        places += [(position, name) for name in names.tolist()]
        counts += count.tolist()
    first = {place for place in map(generation.find, sorted(wanted)) if place is not None}
    order = np.random.default_rng(_SEED).permutation(len(places)).tolist()
    order.sort(key=lambda index: places[index] not in first)  # stable: wanted first, then as drawn
    drawn, total = set[tuple[int, int]](), 0
    for index in order:
        if total >= most and places[index] not in first:
            break
        drawn.add(places[index])
        total += counts[index]
    return [
        rows[np.isin(documents, [name for segment, name in drawn if segment == position])]
        for position, (rows, documents) in enumerate(zip(living, owners, strict=True))
    ]


def _documents(generation: Generation, rows: Sequence[Rows]) -> Iterator[tuple[Document, list[Chunk]]]:
    """Each document of the rows with its chunks, in order of rows."""
    for position, wanted in enumerate(rows):
        pairs = (generation.chunk(RowId(position, row)) for row in wanted.tolist())
        for _, group in groupby(pairs, key=lambda pair: pair[1].id):
            held = list(group)
            yield held[0][1], [chunk for chunk, _ in held]
