"""A whole collection of any size: sentences of real documents recombined, with vectors drawn like real ones."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

import numpy as np

from benchmarks.scale.generator import Generator
from benchmarks.scale.truth import ExactNeighbours
from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import Generation
from engine.store.manifest import CollectionConfig
from engine.store.merging.merge import merge_due
from engine.store.merging.policy import BUSY
from engine.store.segments.batch import Batch, StoredDocument, chunk_id
from engine.store.writer import open_writer
from engine.types import Chunk, Document, Float32, RowId

CHUNKS = 4  # of a document
_COMMIT = 50_000  # chunks
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Sentences:
    """`lengths` are the numbers of sentences of the real chunks; `titles` those of their documents."""

    sentences: Sequence[str]
    lengths: Sequence[int]
    titles: Sequence[str]

    @staticmethod
    def of(generation: Generation) -> Sentences:
        passages = [
            generation.passage(RowId(place, row))
            for place, segment in enumerate(generation.segments)
            for row in range(segment.rows)
        ]
        chunks = [_SENTENCE_END.split(chunk.text) for _, chunk in passages]
        titles = sorted({title for title, _ in passages})
        return Sentences([s for chunk in chunks for s in chunk], [len(chunk) for chunk in chunks], titles)

    def draw(self, numbers: range, rng: np.random.Generator) -> Iterator[StoredDocument]:
        """Yield documents of CHUNKS chunks, each as long as some real one, with the names of `numbers`."""
        lengths = rng.choice(self.lengths, (len(numbers), CHUNKS))
        drawn = iter(rng.integers(0, len(self.sentences), int(lengths.sum())).tolist())
        titles = rng.integers(0, len(self.titles), len(numbers)).tolist()
        for number, title, counts in zip(numbers, titles, lengths.tolist(), strict=True):
            texts = [" ".join([self.sentences[place] for place in islice(drawn, count)]) for count in counts]
            yield _document(f"d{number}", self.titles[title], texts)


def _document(name: str, title: str, texts: Sequence[str]) -> StoredDocument:
    starts = accumulate((len(text) + 1 for text in texts), initial=0)
    chunks = (
        Chunk(chunk_id(name, place), name, place, start, start + len(text), text)
        for place, (start, text) in enumerate(zip(starts, texts, strict=False))
    )
    return StoredDocument(Document(name, name, title, "\n".join(texts), "en"), name, tuple(chunks))


@dataclass(frozen=True, slots=True)
class Plan:
    """`chunks` in all, a multiple of CHUNKS; `config` names the model whose vectors the generator imitates."""

    chunks: int
    config: CollectionConfig
    generator: Generator
    sentences: Sentences
    seed: int = 0


def build_collection(home: Path, name: str, plan: Plan, exact: ExactNeighbours, note: Callable[[str], None]) -> float:
    """Commit and merge as an ingest does, but embed nothing; returns the seconds. `exact` learns of every vector.

    A collection of that name is taken for the one that this plan made: only its vectors are drawn again.
    """
    started, draws = time.perf_counter(), np.random.default_rng(plan.seed)
    there = any(row.name == name for row in Catalogue(home).rows())
    starts = range(0, plan.chunks, _COMMIT)

    def draw(start: int) -> Float32:
        vectors = plan.generator.draw(min(_COMMIT, plan.chunks - start), draws)
        exact.add(start, vectors)
        return vectors

    with ThreadPoolExecutor(max_workers=1) as ahead:  # the next vectors are drawn while these are committed
        drawing = ahead.submit(draw, starts[0])
        for start in starts:
            vectors = drawing.result()
            if start != starts[-1]:
                drawing = ahead.submit(draw, start + _COMMIT)
            if not there:
                _commit(home, name, plan, start, vectors)
                note(f"{start + len(vectors)} chunks")
    if not there:
        with open_writer(home, name) as writer:
            merge_due(writer)
            writer.sweep(0)
    return round(time.perf_counter() - started, 1)


def _commit(home: Path, name: str, plan: Plan, start: int, vectors: Float32) -> None:
    rng = np.random.default_rng([plan.seed, start])
    numbers = range(start // CHUNKS, (start + len(vectors)) // CHUNKS)
    with open_writer(home, name, plan.config) as writer:
        writer.commit(Batch(tuple(plan.sentences.draw(numbers, rng)), vectors))
        merge_due(writer, BUSY)
