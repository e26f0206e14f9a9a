"""Index kinds that keep a file beside a segment's codes. Adding one: two functions, and a line here."""

from __future__ import annotations

from engine.vectors.kinds import faiss_binary, faiss_float, usearch_hnsw
from engine.vectors.kinds.base import Kind

KINDS: dict[str, Kind] = {
    "faiss-hnsw": Kind(faiss_binary.build_hnsw, faiss_binary.open_hnsw),
    "faiss-ivf": Kind(faiss_binary.build_ivf, faiss_binary.open_ivf),
    "faiss-rabitq": Kind(faiss_float.build_rabitq, faiss_float.open_float, finer=True),
    "faiss-sq8": Kind(faiss_float.build_sq8, faiss_float.open_float, finer=True),
    "usearch-b1": Kind(usearch_hnsw.build_b1, usearch_hnsw.open_b1),
    "usearch-i8": Kind(usearch_hnsw.build_i8, usearch_hnsw.open_i8, finer=True),
}
