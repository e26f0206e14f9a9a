"""One large segment's files, written block by block, with the exact float32 answers that the codes are judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.scale.generator import Generator
from benchmarks.scale.truth import ExactNeighbours
from engine.types import Float32, Rows
from engine.vectors.files import append_vectors

_BLOCK = 100_000


def write_codes(directory: Path, generator: Generator, rows: int, queries: Float32, k: int, seed: int) -> list[Rows]:
    """Draw `rows` vectors, keep their codes as files, and give each query's exact k nearest rows, best first."""
    rng, exact = np.random.default_rng(seed), ExactNeighbours(queries, k)
    for start in range(0, rows, _BLOCK):
        vectors = generator.draw(min(_BLOCK, rows - start), rng)
        append_vectors(directory, vectors)
        exact.add(start, vectors)
    return exact.rows
