"""Qdrant (https://github.com/qdrant/qdrant-client) in this process, without a server: exact search over the vectors
that it is given. Its hybrid search needs sparse vectors of a model that it downloads, and is left out.
"""

from __future__ import annotations

from benchmarks.peers.base import Corpus, Found, Ready, folder_bytes
from benchmarks.peers.models import ST, TRUNCATED, load_encode

_COLLECTION = "documents"


class QdrantLocal:
    name = "qdrant-local"
    needs = (("qdrant_client", "qdrant-client"), *ST)
    embed = True
    reopens = False
    note = f"its local mode, float32, exact; {TRUNCATED}"

    def build(self, corpus: Corpus) -> Ready:
        from qdrant_client import QdrantClient
        from qdrant_client.models import Distance, VectorParams

        self._ids = corpus.ids
        self._encode = load_encode(corpus.encoder)
        self._client = QdrantClient(path=str(corpus.folder / "index"))
        size = corpus.vectors.shape[1]
        self._client.create_collection(_COLLECTION, vectors_config=VectorParams(size=size, distance=Distance.DOT))
        self._client.upload_collection(_COLLECTION, vectors=corpus.vectors, ids=range(len(corpus.ids)))
        return Ready(folder_bytes(corpus.folder))

    def search(self, query: str, k: int) -> Found:
        found = Found()
        with found.timings.stage("encode"):
            vector = self._encode([query])[0]
        with found.timings.stage("dense"):
            points = self._client.query_points(_COLLECTION, query=vector, limit=k, with_payload=False).points
            ids = [self._ids[int(point.id)] for point in points]
        found.add("dense", ids)
        return found
