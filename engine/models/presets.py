"""Names of model pairs, in one place: preset -> what the encoder and the reranker are loaded from."""

from __future__ import annotations

from dataclasses import dataclass

STATIC = "bundled-static"  # the bundled static encoder


@dataclass(frozen=True, slots=True)
class Preset:
    """Names of a preset's two models: bundled ones, or Hugging Face ids."""

    encoder: str
    reranker: str


PRESETS = {
    # Instant: a token table instead of a transformer, which declares a recipe that does not rerank.
    "fast": Preset(STATIC, "bundled"),
    # The classic pair.
    "minilm": Preset("sentence-transformers/all-MiniLM-L6-v2", "cross-encoder/ms-marco-MiniLM-L6-v2"),
    # The ettin rerankers and gte-modernbert are ModernBERT models: they need the runtime torch.
    "small": Preset("BAAI/bge-small-en-v1.5", "cross-encoder/ettin-reranker-32m-v1"),
    "quality": Preset("Alibaba-NLP/gte-modernbert-base", "cross-encoder/ettin-reranker-150m-v1"),
}
