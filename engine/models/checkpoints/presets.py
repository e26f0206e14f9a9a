"""Names of model pairs, in one place: preset -> what the encoder and the reranker are loaded from."""

from __future__ import annotations

from dataclasses import dataclass

BUNDLED = "bundled"  # the bundled English encoder, and the bundled reranker
STATIC = "bundled-static"  # the bundled static encoder
MULTILINGUAL = "bundled-multilingual"  # the bundled encoder of many languages


@dataclass(frozen=True, slots=True)
class Preset:
    """Names of a preset's two models: bundled ones, or Hugging Face ids."""

    encoder: str
    reranker: str


PRESETS = {
    # Instant: a token table instead of a transformer, which declares a recipe that does not rerank.
    "fast": Preset(STATIC, BUNDLED),
    # What an ingest chooses by itself where most documents are not in English.
    "multilingual": Preset(MULTILINGUAL, BUNDLED),
    # The classic pair.
    "minilm": Preset("sentence-transformers/all-MiniLM-L6-v2", "cross-encoder/ms-marco-MiniLM-L6-v2"),
    "small": Preset("BAAI/bge-small-en-v1.5", "cross-encoder/ettin-reranker-32m-v1"),
    "quality": Preset("Alibaba-NLP/gte-modernbert-base", "cross-encoder/ettin-reranker-150m-v1"),
}


@dataclass(frozen=True, slots=True)
class Published:
    """Facts from the card of a preset's model: millions of parameters, languages, licence."""

    millions: float
    languages: tuple[str, ...]
    licence: str


PUBLISHED = {
    "sentence-transformers/all-MiniLM-L6-v2": Published(22.7, ("en",), "apache-2.0"),
    "cross-encoder/ms-marco-MiniLM-L6-v2": Published(22.7, ("en",), "apache-2.0"),
    "BAAI/bge-small-en-v1.5": Published(33.4, ("en",), "mit"),
    "cross-encoder/ettin-reranker-32m-v1": Published(31.9, ("en",), "apache-2.0"),
    "Alibaba-NLP/gte-modernbert-base": Published(149, ("en",), "apache-2.0"),
    "cross-encoder/ettin-reranker-150m-v1": Published(150, ("en",), "apache-2.0"),
}
