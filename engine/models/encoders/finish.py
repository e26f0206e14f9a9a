"""Finishing pooled vectors, as every bi-encoder does: the layers after pooling, the cut to fewer dimensions, and the
norm that its similarity asks for.

Winnow compares embeddings by dot product. A model whose similarity is the cosine, which is the default of
sentence-transformers (https://sbert.net/docs/package_reference/sentence_transformer/SentenceTransformer.html), is
brought to unit length here unless its last module has done so, so that both give the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Checkpoint, Module
from engine.models.encoders.layers import Layer, read_layers, to_unit_length
from engine.types import Float32

Similarity = Literal["cosine", "dot"]

_SIMILARITIES: Mapping[str, Similarity] = {"cosine": "cosine", "dot": "dot", "dot_product": "dot"}


def read_similarity(extra: Mapping[str, Any], root: Path) -> Similarity:
    """How a model's embeddings are compared, by its config_sentence_transformers.json.

    Raises:
        UnsupportedModel: The model declares a similarity that a search by dot product cannot give.
    """
    name = str(extra.get("similarity_fn_name") or "cosine")
    if name not in _SIMILARITIES:
        raise UnsupportedModel(
            f"{root} compares its embeddings by {name} distance, which Winnow does not search by.",
            "Choose a model that compares by cosine or dot product.",
        )
    return _SIMILARITIES[name]


@dataclass(frozen=True)
class Finish:
    """Turns pooled vectors of `width` into embeddings of `dimension`."""

    layers: tuple[Layer, ...]
    width: int
    truncate: int | None
    similarity: Similarity

    @property
    def full(self) -> int:
        """The dimensions before the cut."""
        return next((layer.dimension for layer in reversed(self.layers) if layer.dimension), self.width)

    @cached_property
    def dimension(self) -> int:
        return int(min(self.full, self.truncate or self.full))

    @cached_property
    def normalises(self) -> bool:
        """Whether unit length is still to be given: the last layer has not done it, or the cut has undone it."""
        ends_so = bool(self.layers) and self.layers[-1].label == "normalize"
        return self.similarity == "cosine" and not (ends_so and self.dimension == self.full)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All that decides the result, for a fingerprint."""
        return (*(layer.label for layer in self.layers), *(("cosine",) if self.normalises else ()))

    def __call__(self, rows: Float32) -> Float32:
        """Pooled vectors (n, width) to embeddings (n, dimension)."""
        for layer in self.layers:
            rows = layer.apply(rows)
        rows = rows[:, : self.dimension]
        return np.ascontiguousarray(to_unit_length(rows) if self.normalises else rows, dtype=np.float32)


def read_finish(checkpoint: Checkpoint, modules: Sequence[Module], width: int) -> Finish:
    """The finish of a checkpoint; `modules` are those after pooling, `width` is that of the pooled vectors.

    Raises:
        UnsupportedModel: One of the modules cannot stand there, or the similarity is none that is served.
    """
    similarity = read_similarity(checkpoint.extra, checkpoint.root)
    return Finish(read_layers(modules), width, checkpoint.extra.get("truncate_dim"), similarity)
