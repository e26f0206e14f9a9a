"""txtai (https://github.com/neuml/txtai), hybrid search: its sparse BM25 and a FAISS index, weighted half and half.

The shared embeddings are handed to it as an external vector model, which is its documented way. It runs offline.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.peers.base import Corpus, Found, Ready, folder_bytes
from benchmarks.peers.models import ST, TRUNCATED, load_encode
from engine.types import Float32


class Txtai:
    name = "txtai"
    needs = (("txtai", "txtai"), *ST)
    embed = True
    reopens = False
    note = f"hybrid, its defaults, no reranker; {TRUNCATED}"

    def build(self, corpus: Corpus) -> Ready:
        from txtai import Embeddings

        self._ids = corpus.ids
        encode = load_encode(corpus.encoder)
        rows = {text: row for row, text in enumerate(corpus.texts)}
        known: Float32 | None = corpus.vectors

        def transform(texts: Sequence[str]) -> Float32:
            if known is not None and all(text in rows for text in texts):  # indexing
                return np.asarray(known[[rows[text] for text in texts]])
            return encode(texts)

        self._index = Embeddings(method="external", transform=transform, hybrid=True, content=False)
        self._index.index([(row, text, None) for row, text in enumerate(corpus.texts)])
        known = None  # from here on there are only queries
        self._index.save(str(corpus.folder / "index"))
        return Ready(folder_bytes(corpus.folder))

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("search"):
            ids = [self._ids[int(row)] for row, _ in self._index.search(query, limit=k)]
        found.add("fused", ids)
        return found
