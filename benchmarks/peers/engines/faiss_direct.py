"""FAISS (https://github.com/facebookresearch/faiss) used directly, as its wiki begins: exact flat indexes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.peers.base import Corpus, Found, Ready
from benchmarks.peers.models import TRUNCATED, load_encode
from engine.types import Float32


class _Faiss:
    """A flat index over the embeddings; subclasses say of which kind."""

    needs = (("faiss", "faiss-cpu"),)
    embed = True
    reopens = False

    def build(self, corpus: Corpus) -> Ready:
        import faiss

        self._ids = corpus.ids
        self._encode = load_encode(corpus.encoder)
        self._index = self._make(corpus.vectors)
        path = corpus.folder / "index"
        (faiss.write_index_binary if self._is_binary else faiss.write_index)(self._index, str(path))
        return Ready(path.stat().st_size)

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("encode"):
            vector = self._encode([query])
        with found.timings.stage("dense"):
            codes = np.packbits(vector > 0, axis=1) if self._is_binary else vector
            _, rows = self._index.search(codes, min(k, len(self._ids)))
            ids = [self._ids[row] for row in rows[0].tolist() if row >= 0]
        found.add("dense", ids)
        return found

    _is_binary = False

    def _make(self, vectors: Float32) -> Any:
        raise NotImplementedError


class Flat(_Faiss):
    name = "faiss-flat"
    note = f"IndexFlatIP, float32, exact; {TRUNCATED}"

    def _make(self, vectors: Float32) -> Any:
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return index


class Binary(_Faiss):
    name = "faiss-binary"
    note = f"IndexBinaryFlat, sign bits, no rescoring; {TRUNCATED}"
    _is_binary = True

    def _make(self, vectors: Float32) -> Any:
        import faiss

        index = faiss.IndexBinaryFlat(vectors.shape[1])
        index.add(np.packbits(vectors > 0, axis=1))
        return index
