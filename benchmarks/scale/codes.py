"""One large segment's files, written block by block, with the exact float32 answers that the codes are judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.scale.generator import Generator
from engine.types import Float32, Rows
from engine.vectors.codecs import binary_codes, int8_codes
from engine.vectors.files import BINARY, INT8, SCALE

_BLOCK = 100_000


def write_codes(directory: Path, generator: Generator, rows: int, queries: Float32, k: int, seed: int) -> list[Rows]:
    """Draw `rows` vectors, keep their codes as files, and give each query's (q, d) exact k nearest rows, best first.

    The float vectors are gone afterwards: a million of 384 components take 1.5 GB.
    """
    rng = np.random.default_rng(seed)
    best = np.full((len(queries), k), -np.inf, np.float32)
    nearest = np.zeros((len(queries), k), np.int64)
    with (
        (directory / BINARY).open("wb") as binary,
        (directory / INT8).open("wb") as int8,
        (directory / SCALE).open("wb") as scale,
    ):
        for start in range(0, rows, _BLOCK):
            vectors = generator.draw(min(_BLOCK, rows - start), rng)
            codes, scales = int8_codes(vectors)
            binary_codes(vectors).tofile(binary)
            codes.tofile(int8)
            scales.tofile(scale)
            scores = np.concatenate([best, queries @ vectors.T], axis=1)
            places = np.concatenate(
                [nearest, np.tile(np.arange(start, start + len(vectors)), (len(queries), 1))], axis=1
            )
            order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
            best, nearest = np.take_along_axis(scores, order, 1), np.take_along_axis(places, order, 1)
    return list(nearest)
