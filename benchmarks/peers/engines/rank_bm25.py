"""rank-bm25 (https://github.com/dorianbrown/rank_bm25): plain Python and NumPy, every document scored for each query.

Its users split at white space; stemming is added here, so that the scoring is compared and not the tokenizer.
"""

from __future__ import annotations

import numpy as np

from benchmarks.peers.base import Corpus, Found, Ready
from benchmarks.peers.words import stemmed


class RankBm25:
    name = "rank-bm25"
    needs = (("rank_bm25", "rank-bm25"),)
    embed = False
    reopens = False
    note = "index in memory only; words lower-cased and stemmed (Snowball)"

    def build(self, corpus: Corpus) -> Ready:
        from rank_bm25 import BM25Okapi

        self._ids = corpus.ids
        self._index = BM25Okapi([stemmed(text) for text in corpus.texts], k1=1.2, b=0.75)
        return Ready(None)

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("lexical"):
            scores = self._index.get_scores(stemmed(query))
            order = np.argsort(-scores, kind="stable")[:k]
            ids = [self._ids[row] for row in order.tolist() if scores[row] > 0]
        found.add("lexical", ids)
        return found
