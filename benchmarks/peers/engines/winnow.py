"""Winnow itself, by the path that serves queries: chunks where the others truncate, blends where they replace."""

from __future__ import annotations

from benchmarks.index import build_index
from benchmarks.peers.base import Corpus, Found, Ready
from engine.collection import open_collection
from engine.query.pipeline import Request
from indexer.evaluation.answers import ready_ms, reported, reranks


class Winnow:
    name = "winnow"
    needs = (("faiss", "faiss-cpu"),)
    embed = False
    reopens = True
    note = (
        "documents cut into chunks, which are embedded as part of its build; its lexical leg runs beside the encoder, "
        "so that stage is slower here than by itself"
    )

    def build(self, corpus: Corpus) -> Ready:
        build = build_index(corpus.dataset, corpus.folder, corpus.encoder, lambda progress: None)
        self._collection = open_collection(
            build.collection, home=corpus.folder, encoder=corpus.encoder, reranker=corpus.reranker
        )
        return Ready(build.index_bytes)

    def search(self, query: str, k: int) -> Found:
        searcher = self._collection.searcher
        ranking = searcher.rank(Request(query, k))
        found = Found()
        found.timings.ms |= ranking.timings_ms
        ready = ready_ms(ranking.timings_ms, reranked="rerank" in ranking.stages)
        for name, scored in reported(ranking.stages, reranks=reranks(searcher)).items():
            found.add(name, [document for document, _ in scored[:k]], ready.get(name, ranking.timings_ms["total"]))
        return found
