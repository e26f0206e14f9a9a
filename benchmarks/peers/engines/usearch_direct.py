"""USearch (https://github.com/unum-cloud/usearch) used directly: its HNSW graph with its default parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.peers.base import Corpus, Found, Ready
from benchmarks.peers.models import TRUNCATED, load_encode
from engine.types import Float32


class _Usearch:
    """A graph over the embeddings; subclasses say of which kind."""

    needs = (("usearch", "usearch"),)
    embed = True
    reopens = False
    _metric, _dtype = "ip", "i8"

    def build(self, corpus: Corpus) -> Ready:
        from usearch.index import Index

        vectors = corpus.vectors
        self._ids = corpus.ids
        self._encode = load_encode(corpus.encoder)
        self._index = Index(ndim=vectors.shape[1], metric=self._metric, dtype=self._dtype)
        self._index.add(np.arange(len(vectors)), self._codes(vectors))
        path = corpus.folder / "index"
        self._index.save(str(path))
        return Ready(path.stat().st_size)

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("encode"):
            vector = self._encode([query])
        with found.timings.stage("dense"):
            matches = self._index.search(self._codes(vector)[0], min(k, len(self._ids)))
            ids = [self._ids[int(key)] for key in matches.keys]
        found.add("dense", ids)
        return found

    def _codes(self, vectors: Float32) -> Any:
        return vectors


class Int8(_Usearch):
    name = "usearch-int8"
    note = f"HNSW, i8, approximate, no rescoring; {TRUNCATED}"


class Binary(_Usearch):
    name = "usearch-binary"
    note = f"HNSW, b1, approximate, no rescoring; {TRUNCATED}"
    _metric, _dtype = "hamming", "b1"

    def _codes(self, vectors: Float32) -> Any:
        return np.packbits(vectors > 0, axis=1)
