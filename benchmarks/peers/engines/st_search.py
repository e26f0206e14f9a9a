"""sentence-transformers' semantic_search, alone and followed by its reranker: "retrieve & re-rank".

https://sbert.net/examples/sentence_transformer/applications/retrieve_rerank/README.html
"""

from __future__ import annotations

from benchmarks.peers.base import Corpus, Found, Needs, Ready
from benchmarks.peers.models import ST, TRUNCATED, load_rank, load_sentence_transformer


class SemanticSearch:
    name = "st-semantic-search"
    needs: Needs = ST
    embed = True
    reopens = False
    note = f"float32, exact; {TRUNCATED}"

    def build(self, corpus: Corpus) -> Ready:
        import torch

        self._ids = corpus.ids
        self._model = load_sentence_transformer(corpus.encoder)
        self._vectors = torch.from_numpy(corpus.vectors)
        return Ready(corpus.vectors.nbytes)

    def search(self, query: str, k: int) -> Found:
        found = Found()
        found.add("dense", [self._ids[row] for row in self._dense(query, k, found)])
        return found

    def _dense(self, query: str, k: int, found: Found) -> list[int]:
        """Rows of the k best documents."""
        from sentence_transformers.util import semantic_search

        with found.timings.stage("encode"):
            vector = self._model.encode(query, convert_to_tensor=True, show_progress_bar=False)
        with found.timings.stage("dense"):
            hits = semantic_search(vector, self._vectors, top_k=k)[0]
            return [int(hit["corpus_id"]) for hit in hits]


class RetrieveRerank(SemanticSearch):
    name = "st-rerank"
    note = f"semantic_search, then the reranker's scores replace its order; {TRUNCATED}"

    def build(self, corpus: Corpus) -> Ready:
        ready = super().build(corpus)
        self._rank = load_rank(corpus.reranker, corpus.texts)
        return ready

    def search(self, query: str, k: int) -> Found:
        found = Found()
        rows = self._dense(query, k, found)
        found.add("dense", [self._ids[row] for row in rows])
        with found.timings.stage("rerank"):
            order = self._rank(query, rows)
        found.add("reranked", [self._ids[row] for row in order])
        return found
