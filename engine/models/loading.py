"""Puts a model together from its parts: files, runtime, settings."""

from __future__ import annotations

from engine.models.checkpoint import read_checkpoint
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import TransformerEncoder
from engine.models.heads import read_head
from engine.models.locate import locate
from engine.models.runtime import load_runtime
from engine.models.static import StaticEncoder
from engine.protocols import Encoder, Reranker
from engine.settings import settings


def make_encoder(name: str, runtime: str) -> Encoder:
    """A new bi-encoder."""
    checkpoint = read_checkpoint(locate(name, "encoder"))
    if checkpoint.first.type == "StaticEmbedding":
        return StaticEncoder(checkpoint)
    loaded = load_runtime(runtime, checkpoint, settings().threads)
    return TransformerEncoder(checkpoint, loaded, settings().token_budget)


def make_reranker(name: str, runtime: str) -> Reranker:
    """A new cross-encoder."""
    checkpoint = read_checkpoint(locate(name, "reranker"))
    head = read_head(checkpoint)  # first: it tells a model that is no cross-encoder before its weights are loaded
    loaded = load_runtime(runtime, checkpoint, settings().threads)
    return CrossEncoder(name, checkpoint, head, loaded, settings().token_budget)
