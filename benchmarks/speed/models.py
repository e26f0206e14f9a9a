"""The models: sequences and pairs a second, ours against sentence-transformers where it is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from benchmarks.peers.models import load_cross_encoder, load_sentence_transformer
from benchmarks.speed.interleave import Contender, compete
from engine.models import load_encoder, load_reranker
from engine.types import Passage

THEIRS = "sentence-transformers"


def encoding(texts: list[str], encoder: str, rounds: int) -> dict[str, Any]:
    """Embedding all the texts as one batch of documents."""
    ours = load_encoder(encoder)
    contenders: dict[str, Contender] = {"winnow": lambda: ours.encode(texts, role="document")}
    if _installed():
        theirs = load_sentence_transformer(encoder)
        contenders[THEIRS] = lambda: theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    return compete(contenders, rounds, len(texts)) | _remark(len(texts))


def query_encoding(query: str, encoder: str, rounds: int) -> dict[str, Any]:
    """Embedding one query, which every search waits for."""
    ours = load_encoder(encoder)
    contenders: dict[str, Contender] = {"winnow": lambda: ours.encode([query], role="query")}
    if _installed():
        theirs = load_sentence_transformer(encoder)
        contenders[THEIRS] = lambda: theirs.encode([query], normalize_embeddings=True, show_progress_bar=False)
    return compete(contenders, rounds) | _remark(1)


def reranking(query: str, texts: list[str], reranker: str, rounds: int) -> dict[str, Any]:
    """Scoring one query with all the texts."""
    ours = load_reranker(reranker)
    passages = [Passage(text) for text in texts]
    contenders: dict[str, Contender] = {"winnow": lambda: ours.score(query, passages)}
    if _installed():
        theirs = load_cross_encoder(reranker)
        contenders[THEIRS] = lambda: theirs.rank(query, texts, show_progress_bar=False)
    return compete(contenders, rounds, len(texts)) | _remark(len(texts))


def _installed() -> bool:
    return find_spec("sentence_transformers") is not None


def _remark(rows: int) -> dict[str, Any]:
    missing = [] if _installed() else [f"{THEIRS} is not installed: pip install sentence-transformers"]
    return {"rows": rows, "missing": missing}
