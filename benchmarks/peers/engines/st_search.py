"""sentence-transformers' semantic_search, alone and followed by CrossEncoder.rank: its "retrieve & re-rank".

https://sbert.net/examples/sentence_transformer/applications/retrieve_rerank/README.html
"""

from __future__ import annotations

from benchmarks.peers.base import Corpus, Found, Needs, Ready
from benchmarks.peers.models import ST, TRUNCATED, load_cross_encoder, load_sentence_transformer


class SemanticSearch:
    name = "st-semantic-search"
    needs: Needs = ST
    embed = True
    reopens = False
    note = f"float32, exact; {TRUNCATED}"

    def build(self, corpus: Corpus) -> Ready:
        import torch

        self._ids = corpus.ids
        self._texts = corpus.texts
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
    note = f"semantic_search, then CrossEncoder.rank replaces its order; {TRUNCATED}"

    def build(self, corpus: Corpus) -> Ready:
        ready = super().build(corpus)
        self._judge = load_cross_encoder(corpus.reranker)
        return ready

    def search(self, query: str, k: int) -> Found:
        found = Found()
        rows = self._dense(query, k, found)
        found.add("dense", [self._ids[row] for row in rows])
        with found.timings.stage("rerank"):
            ranked = self._judge.rank(query, [self._texts[row] for row in rows], show_progress_bar=False)
            order = [rows[int(entry["corpus_id"])] for entry in ranked]
        found.add("reranked", [self._ids[row] for row in order])
        return found
