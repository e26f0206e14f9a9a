"""A whole collection at scale: how it opens, answers and rests in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import environment
from benchmarks.index import build_index
from benchmarks.scale.collection import CHUNKS, Plan, Sentences, build_collection
from benchmarks.scale.generator import fit
from benchmarks.scale.run import embeddings, profile, query_vectors
from benchmarks.scale.serving import K, measure_serving
from benchmarks.scale.truth import ExactNeighbours
from engine.models import load_encoder
from engine.models.checkpoints.presets import BUNDLED
from engine.settings import settings
from engine.store.collections import collection_stats
from engine.store.generation import open_generation
from engine.store.segments.batch import chunk_id
from engine.types import Float32
from engine.vectors.files import VectorFiles
from engine.vectors.search import SCANS, search_dense
from indexer.chunking.chunker import Chunker
from indexer.configuring import collection_config
from indexer.evaluation.datasets import Dataset


def run_whole(
    dataset: Dataset, home: Path, chunks: int, queries: int, note: Callable[[str], None], seed: int = 0
) -> dict[str, Any]:
    """Build a collection of `chunks` chunks out of the data set's sentences and embeddings, and serve it.

    A `home` that is kept has it for the next run.
    """
    base = build_index(dataset, home, BUNDLED, lambda *_: None).collection
    real, vectors = embeddings(home, base), query_vectors(dataset, queries)
    note(f"fitting the generator to {len(real)} embeddings")
    generator, exact = fit(real, seed), ExactNeighbours(vectors, K)
    with open_generation(home, base) as generation:
        sentences = Sentences.of(generation)
    encoder = load_encoder(BUNDLED)
    config = collection_config({"encoder": BUNDLED, "reranker": BUNDLED}, encoder, Chunker.for_encoder(encoder))
    plan, name = Plan(chunks - chunks % CHUNKS, config, generator, sentences, seed), f"scale-{chunks}-of-{base}"
    seconds = build_collection(home, name, plan, exact, note)
    stats = collection_stats(home, name)
    note("searching")
    served = measure_serving(home, name, list(dataset.queries.values())[:queries], vectors)
    wanted = [[chunk_id(f"d{row // CHUNKS}", row % CHUNKS) for row in rows] for rows in exact.rows]
    hits = served.pop("hits")
    overlap = {
        "scale": {times: _overlap(found, wanted) for times, found in hits.items()},
        "real": {times: _overlap_of(real, vectors, times) for times in hits},
    }
    return {
        "chunks": stats.chunks,
        "segments": stats.segments,
        "bytes_on_disk": stats.bytes,
        "build_s": seconds,
        "queries": len(vectors),
        "seed": seed,
        "base": {"dataset": dataset.name, "embeddings": len(real)},
        "neighbour_cosines": profile(real, generator, seed),
        "overlap": overlap,
        "serving": served,
        "environment": environment.describe(),
    }


def _overlap(found: Sequence[Sequence[object]], wanted: Sequence[Sequence[object]]) -> float:
    """The mean share of the wanted ones that was found: overlap@K."""
    shares = [len(set(some) & set(all_)) / len(all_) for some, all_ in zip(found, wanted, strict=True)]
    return round(float(np.mean(shares)), 4)


def _overlap_of(real: Float32, queries: Float32, oversampling: int) -> float:
    """The same for the data set's own embeddings."""
    files, exact, scan = VectorFiles.of(real), ExactNeighbours(queries, min(K, len(real))), SCANS[settings().scan]
    exact.add(0, real)
    found = [search_dense([files], q, K, oversampling=oversampling, allowed=[None], scan=scan) for q in queries]
    return _overlap([[row.row for row, _ in rows] for rows in found], [rows.tolist() for rows in exact.rows])
