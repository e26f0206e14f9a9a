"""The pipeline that one builds from the best-known parts: bm25s and semantic_search, fused by reciprocal ranks
(k = 60), then sentence-transformers' reranker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from benchmarks.peers.base import Corpus, Found, Ready
from benchmarks.peers.engines.bm25s import Bm25s
from benchmarks.peers.engines.st_search import SemanticSearch
from benchmarks.peers.models import TRUNCATED, load_rank

_RRF = 60


class HybridRerank(SemanticSearch):
    name = "st-hybrid-rerank"
    needs = (*SemanticSearch.needs, *Bm25s.needs)
    note = f"bm25s + semantic_search, RRF 60, the reranker's scores replace the order; {TRUNCATED}"

    def build(self, corpus: Corpus) -> Ready:
        dense = super().build(corpus)
        self._lexical = Bm25s()
        lexical = self._lexical.build(corpus)
        self._rank = load_rank(corpus.reranker, corpus.texts)
        self._rows = {name: row for row, name in enumerate(corpus.ids)}
        return Ready((dense.index_bytes or 0) + (lexical.index_bytes or 0))

    def search(self, query: str, k: int) -> Found:
        found = self._lexical.search(query, k)
        lexical = found.stages["lexical"]
        dense = [self._ids[row] for row in self._dense(query, k, found)]
        found.add("dense", dense, found.timings.ms["encode"] + found.timings.ms["dense"])
        with found.timings.stage("fusion"):
            fused = reciprocal_ranks([lexical, dense])[:k]
        found.add("fused", fused)
        with found.timings.stage("rerank"):
            order = [self._ids[row] for row in self._rank(query, [self._rows[name] for name in fused])]
        found.add("reranked", order)
        return found


def reciprocal_ranks(lists: Sequence[Sequence[str]]) -> list[str]:
    """Best first by the sum of 1 / (60 + rank) over the lists, ties by id. Cormack et al., SIGIR 2009."""
    scores: dict[str, float] = defaultdict(float)
    for ids in lists:
        for rank, name in enumerate(ids, start=1):
            scores[name] += 1.0 / (_RRF + rank)
    return sorted(scores, key=lambda name: (-scores[name], name))
