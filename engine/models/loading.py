"""Puts a model together from its parts: files, runtime, settings."""

from __future__ import annotations

from engine.models.causal import CausalReranker, is_causal, read_prompt
from engine.models.checkpoint import Checkpoint, read_checkpoint, torch_only
from engine.models.cross_encoder import CrossEncoder, PairScorer
from engine.models.encoder import TransformerEncoder
from engine.models.heads import HeadScorer, has_head, read_head
from engine.models.locate import locate
from engine.models.runtime import load_runtime, require
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
    if is_causal(checkpoint):
        return _causal(name, checkpoint, runtime)
    return CrossEncoder(name, checkpoint, _scorer(checkpoint, runtime))


def _scorer(checkpoint: Checkpoint, runtime: str) -> PairScorer:
    """The head is read first: it tells a model that is no cross-encoder before its weights are loaded."""
    budget, threads = settings().token_budget, settings().threads
    if has_head(checkpoint) or runtime != "torch":
        head = read_head(checkpoint)
        return HeadScorer(checkpoint, head, load_runtime(runtime, checkpoint, threads), budget)
    require(runtime)
    from engine.models.torch_classifier import TorchClassifier

    return TorchClassifier(checkpoint, threads, budget)


def _causal(name: str, checkpoint: Checkpoint, runtime: str) -> Reranker:
    read_prompt(checkpoint)  # raises where the model is no reranker
    if runtime != "torch":
        raise torch_only(checkpoint, "is a language model")
    require(runtime)
    from engine.models.torch_causal import load_causal

    return CausalReranker(name, checkpoint, load_causal(checkpoint, settings().threads), settings().token_budget)
