"""Index kinds that keep a file beside a segment's codes. Adding one: two functions, and an entry here."""

from __future__ import annotations

from engine.vectors.kinds import faiss_binary, faiss_float, usearch_hnsw
from engine.vectors.kinds.base import Kind

_BEYOND = "beyond ten million chunks"

_ALL = (
    Kind(
        "faiss-hnsw", "a graph over sign bits, mapped", _BEYOND, "cpu", faiss_binary.build_hnsw, faiss_binary.open_hnsw
    ),
    Kind(
        "faiss-ivf",
        "inverted lists over sign bits, read into memory",
        f"{_BEYOND}, where a graph takes too much disk; the lowest recall",
        "cpu",
        faiss_binary.build_ivf,
        faiss_binary.open_ivf,
    ),
    Kind(
        "faiss-rabitq",
        "a scan of RaBitQ codes, mapped",
        "models whose sign bits tell too little",
        "cpu",
        faiss_float.build_rabitq,
        faiss_float.open_float,
        finer=True,
    ),
    Kind(
        "faiss-sq8",
        "a scan of 8-bit codes, mapped",
        "models whose sign bits tell too little",
        "cpu",
        faiss_float.build_sq8,
        faiss_float.open_float,
        finer=True,
    ),
    Kind(
        "usearch-b1", "a graph over sign bits, mapped", _BEYOND, "usearch", usearch_hnsw.build_b1, usearch_hnsw.open_b1
    ),
    Kind(
        "usearch-i8",
        "a graph over int8 codes, mapped",
        f"{_BEYOND}, for the best recall; the slowest to build",
        "usearch",
        usearch_hnsw.build_i8,
        usearch_hnsw.open_i8,
        finer=True,
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
