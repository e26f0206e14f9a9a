"""LanceDB (https://github.com/lancedb/lancedb), hybrid search: its full-text index, exact vector search and its
reciprocal rank fusion. It runs offline."""

from __future__ import annotations

from benchmarks.peers.base import Corpus, Found, Ready, folder_bytes
from benchmarks.peers.models import ST, TRUNCATED, load_encode


class LanceDb:
    name = "lancedb"
    needs = (("lancedb", "lancedb"), *ST)
    embed = True
    reopens = False
    note = f"hybrid, RRFReranker, no vector index built, so exact; {TRUNCATED}"

    def build(self, corpus: Corpus) -> Ready:
        import lancedb
        import pyarrow as pa
        from lancedb.rerankers import RRFReranker

        vectors = corpus.vectors
        column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
        data = pa.table({"id": corpus.ids, "text": corpus.texts, "vector": column})
        self._table = lancedb.connect(str(corpus.folder / "index")).create_table("documents", data)
        self._table.create_fts_index("text")
        self._fusion = RRFReranker()
        self._encode = load_encode(corpus.encoder)
        return Ready(folder_bytes(corpus.folder))

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("encode"):
            vector = self._encode([query])[0]
        with found.timings.stage("search"):
            hybrid = self._table.search(query_type="hybrid").vector(vector).text(query).rerank(self._fusion)
            ids = hybrid.limit(k).select(["id"]).to_arrow().column("id").to_pylist()
        found.add("fused", ids)
        return found
