"""The models as peers run them: the directories that Winnow reads, loaded by sentence-transformers in float32."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.checkpoints.locate import locate
from engine.models.rerankers.late_interaction import is_late_interaction
from engine.types import Float32

Encode = Callable[[Sequence[str]], Float32]
Rank = Callable[[str, Sequence[int]], list[int]]

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


def load_rank(reranker: str, texts: Sequence[str]) -> Rank:
    """The rows of some of the texts in the order that the reranker gives them for a query, best first.

    A late-interaction model is a MultiVectorEncoder, which reads the texts now, once for all queries; any other one a
    CrossEncoder, which reads them with each query.
    """
    if not is_late_interaction(read_checkpoint(locate(reranker, "reranker"))):
        judge = load_cross_encoder(reranker)

        def rank(query: str, rows: Sequence[int]) -> list[int]:
            ranked = judge.rank(query, [texts[row] for row in rows], show_progress_bar=False)
            return [rows[int(entry["corpus_id"])] for entry in ranked]

        return rank
    from sentence_transformers import MultiVectorEncoder

    model = MultiVectorEncoder(str(locate(reranker, "reranker")), device="cpu", model_kwargs={"dtype": "float32"})
    read = model.encode_document(list(texts), show_progress_bar=False)

    def compare(query: str, rows: Sequence[int]) -> list[int]:
        asked = model.encode_query([query], show_progress_bar=False)
        scores = np.asarray(model.similarity(asked, [read[row] for row in rows]))[0]
        return [rows[place] for place in np.argsort(-scores, kind="stable")]

    return compare
