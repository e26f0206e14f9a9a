"""bm25s (https://github.com/xhluca/bm25s): BM25 scores computed when indexing, kept as a sparse matrix."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.base import Corpus, Found, Ready, folder_bytes


class Bm25s:
    name = "bm25s"
    needs = (("bm25s", "bm25s"), ("Stemmer", "pystemmer"))
    embed = False
    reopens = False
    note = "its own tokenizer with Snowball stems, no stop words removed"

    def build(self, corpus: Corpus) -> Ready:
        import bm25s
        from Stemmer import Stemmer

        self._ids = corpus.ids
        self._stemmer = Stemmer("english")
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        self._index.index(self._tokens(corpus.texts), show_progress=False)
        self._index.save(str(corpus.folder / "index"))
        return Ready(folder_bytes(corpus.folder))

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("lexical"):
            tokens = self._tokens([query])
            k = min(k, len(self._ids))
            rows, scores = self._index.retrieve(tokens, k=k, show_progress=False, n_threads=0)
            ids = [self._ids[row] for row, score in zip(rows[0].tolist(), scores[0].tolist(), strict=True) if score > 0]
        found.add("lexical", ids)
        return found

    def _tokens(self, texts: list[str]) -> Any:
        import bm25s

        return bm25s.tokenize(texts, stopwords=None, stemmer=self._stemmer, show_progress=False)
