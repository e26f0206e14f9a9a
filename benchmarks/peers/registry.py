"""Every peer by name: add a file to engines/ and a line here."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from benchmarks.peers.base import Peer
from engine.errors import UsageError

# name -> module and class
PEERS = {
    "winnow": "benchmarks.peers.engines.winnow:Winnow",
    "rank-bm25": "benchmarks.peers.engines.rank_bm25:RankBm25",
    "bm25s": "benchmarks.peers.engines.bm25s:Bm25s",
    "tantivy": "benchmarks.peers.engines.tantivy:Tantivy",
    "faiss-flat": "benchmarks.peers.engines.faiss_direct:Flat",
    "faiss-binary": "benchmarks.peers.engines.faiss_direct:Binary",
    "usearch-int8": "benchmarks.peers.engines.usearch_direct:Int8",
    "usearch-binary": "benchmarks.peers.engines.usearch_direct:Binary",
    "st-semantic-search": "benchmarks.peers.engines.st_search:SemanticSearch",
    "st-faiss-int8": "benchmarks.peers.engines.st_quantised:FaissInt8",
    "st-faiss-binary": "benchmarks.peers.engines.st_quantised:FaissBinary",
    "st-usearch-int8": "benchmarks.peers.engines.st_quantised:UsearchInt8",
    "st-usearch-binary": "benchmarks.peers.engines.st_quantised:UsearchBinary",
    "qdrant-local": "benchmarks.peers.engines.qdrant:QdrantLocal",
    "st-rerank": "benchmarks.peers.engines.st_search:RetrieveRerank",
    "st-hybrid-rerank": "benchmarks.peers.engines.st_hybrid:HybridRerank",
    "txtai": "benchmarks.peers.engines.txtai:Txtai",
    "lancedb": "benchmarks.peers.engines.lancedb:LanceDb",
}


def load_peer(name: str) -> Peer:
    """A new instance. UsageError names the peers there are."""
    if name not in PEERS:
        raise UsageError(f"There is no peer {name!r}.", f"Known: {', '.join(PEERS)}.")
    module, _, cls = PEERS[name].partition(":")
    peer: Peer = getattr(importlib.import_module(module), cls)()
    return peer


def missing(peer: Peer) -> str | None:
    """The package to install so that the peer can run, or None."""
    lacking = [package for module, package in peer.needs if find_spec(module) is None]
    return f"not installed: pip install {' '.join(dict.fromkeys(lacking))}" if lacking else None
