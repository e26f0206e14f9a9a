"""Every peer by name: add a file beside this one and a line here."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from benchmarks.peers.base import Peer
from engine.errors import UsageError

# name -> module and class
PEERS = {
    "winnow": "benchmarks.peers.winnow:Winnow",
    "rank-bm25": "benchmarks.peers.rank_bm25:RankBm25",
    "bm25s": "benchmarks.peers.bm25s:Bm25s",
    "tantivy": "benchmarks.peers.tantivy:Tantivy",
    "faiss-flat": "benchmarks.peers.faiss_direct:Flat",
    "faiss-binary": "benchmarks.peers.faiss_direct:Binary",
    "usearch-int8": "benchmarks.peers.usearch_direct:Int8",
    "usearch-binary": "benchmarks.peers.usearch_direct:Binary",
    "st-semantic-search": "benchmarks.peers.st_search:SemanticSearch",
    "st-faiss-int8": "benchmarks.peers.st_quantised:FaissInt8",
    "st-faiss-binary": "benchmarks.peers.st_quantised:FaissBinary",
    "st-usearch-int8": "benchmarks.peers.st_quantised:UsearchInt8",
    "st-usearch-binary": "benchmarks.peers.st_quantised:UsearchBinary",
    "st-rerank": "benchmarks.peers.st_search:RetrieveRerank",
    "st-hybrid-rerank": "benchmarks.peers.st_hybrid:HybridRerank",
    "txtai": "benchmarks.peers.txtai:Txtai",
    "lancedb": "benchmarks.peers.lancedb:LanceDb",
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
