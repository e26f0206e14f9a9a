"""sentence-transformers' semantic_search_faiss and semantic_search_usearch over quantised embeddings, with rescoring.

https://sbert.net/examples/sentence_transformer/applications/embedding-quantization/README.html
int8 and uint8 are calibrated on the corpus itself; search is exact, and rescores four times what is asked for, as
Winnow does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.peers.base import Corpus, Found, Ready
from benchmarks.peers.models import ST, TRUNCATED, load_encode
from engine.types import Float32

_OVERSAMPLING = 4


class _Quantised:
    """The helper keeps its index between queries; subclasses name the helper and the precision."""

    embed = True
    reopens = False
    precision = ""

    def build(self, corpus: Corpus) -> Ready:
        from sentence_transformers.util.quantization import quantize_embeddings

        vectors = corpus.vectors
        self._ids = corpus.ids
        self._encode = load_encode(corpus.encoder)
        self._ranges = np.vstack((vectors.min(axis=0), vectors.max(axis=0)))
        codes = quantize_embeddings(vectors, precision=self.precision, ranges=self._ranges)
        self._index: Any = None
        self._index = self._helper(vectors[:1], k=1, corpus_embeddings=codes, output_index=True)[2]
        path = corpus.folder / "index"
        self._save(str(path))
        return Ready(path.stat().st_size)

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("encode"):
            vector = self._encode([query])
        with found.timings.stage("dense"):
            hits = self._helper(vector, k=k, corpus_index=self._index)[0][0]
            ids = [self._ids[int(hit["corpus_id"])] for hit in hits]
        found.add("dense", ids)
        return found

    def _helper(self, query: Float32, k: int, **arguments: Any) -> Any:
        return self._function()(
            query,
            corpus_precision=self.precision,
            top_k=k,
            ranges=self._ranges,
            rescore=True,
            rescore_multiplier=_OVERSAMPLING,
            exact=True,
            **arguments,
        )

    def _function(self) -> Any:
        raise NotImplementedError

    def _save(self, path: str) -> None:
        raise NotImplementedError


class _Faiss(_Quantised):
    needs = (*ST, ("faiss", "faiss-cpu"))

    def _function(self) -> Any:
        from sentence_transformers.util.quantization import semantic_search_faiss

        return semantic_search_faiss

    def _save(self, path: str) -> None:
        import faiss

        (faiss.write_index_binary if self.precision == "ubinary" else faiss.write_index)(self._index, path)


class _Usearch(_Quantised):
    needs = (*ST, ("usearch", "usearch"))

    def _function(self) -> Any:
        from sentence_transformers.util.quantization import semantic_search_usearch

        return semantic_search_usearch

    def _save(self, path: str) -> None:
        self._index.save(path)


class FaissInt8(_Faiss):
    name = "st-faiss-int8"
    precision = "uint8"
    note = f"uint8 codes in an IndexFlatIP (which stores them as float32), rescored x4; {TRUNCATED}"


class FaissBinary(_Faiss):
    name = "st-faiss-binary"
    precision = "ubinary"
    note = f"sign bits, exact, rescored x4 with the bits alone; {TRUNCATED}"


class UsearchInt8(_Usearch):
    name = "st-usearch-int8"
    precision = "int8"
    note = f"int8, exact, rescored x4; {TRUNCATED}"


class UsearchBinary(_Usearch):
    name = "st-usearch-binary"
    precision = "ubinary"
    note = f"sign bits, exact, rescored x4 with the bits alone; {TRUNCATED}"
