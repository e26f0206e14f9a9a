"""The models as peers run them: the directories that Winnow reads, loaded by sentence-transformers in float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from engine.models.checkpoints.locate import locate
from engine.types import Float32

Encode = Callable[[Sequence[str]], Float32]

ST = (("sentence_transformers", "sentence-transformers"),)
TRUNCATED = "whole documents, cut at the model's length"


def encoded_by() -> str:
    """The model whose encoder embeds for the peers that have none of their own: Winnow's where the usual one is
    missing.
    """
    return "sentence-transformers" if find_spec("sentence_transformers") else "winnow"


def load_encode(encoder: str) -> Encode:
    """Embeddings (n, d) to compare by dot product, by the encoder that `encoded_by` names."""
    if encoded_by() == "winnow":
        from engine.models import load_encoder

        model = load_encoder(encoder)
        return lambda texts: model.encode(list(texts), role="document")
    theirs = load_sentence_transformer(encoder)
    unit = theirs.similarity_fn_name == "cosine"

    def encode(texts: Sequence[str]) -> Float32:
        vectors = theirs.encode(list(texts), normalize_embeddings=unit, show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    return encode


def load_sentence_transformer(encoder: str) -> Any:
    """A SentenceTransformer on the CPU. The weights are stored in half precision, in which a CPU is slow."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(locate(encoder, "encoder")), device="cpu", model_kwargs={"dtype": "float32"})


def load_cross_encoder(reranker: str) -> Any:
    """A CrossEncoder on the CPU."""
    from sentence_transformers import CrossEncoder

    return CrossEncoder(str(locate(reranker, "reranker")), device="cpu", model_kwargs={"dtype": "float32"})
