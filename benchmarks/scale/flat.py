"""FAISS's own exact index over the same codes: what the exact first pass is measured beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.types import Float32
from engine.vectors.codecs import Codes, binary_codes
from engine.vectors.libraries import load_faiss


def flat_search(codes: Sequence[Codes], wanted: int) -> Callable[[Float32], object]:
    """A search for the `wanted` nearest of all codes, each (n, d/8), held in one faiss.IndexBinaryFlat."""
    faiss = load_faiss()
    flat = faiss.IndexBinaryFlat(8 * codes[0].shape[1])
    for part in codes:
        flat.add(np.asarray(part))

    def search(query: Float32) -> object:
        faiss.omp_set_num_threads(1)  # a single query takes one thread whatever is set; others would only spin
        return flat.search(binary_codes(query)[None, :], wanted)

    return search
