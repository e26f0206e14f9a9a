"""The cross-encoder: query and passage read together, one score a pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.models.checkpoint import Checkpoint
from engine.models.heads import Head
from engine.models.pooled import PooledTransformer
from engine.models.runtime import Runtime
from engine.models.tokenization import Tokenization
from engine.types import Float32, Passage


class CrossEncoder:
    """Implements `engine.protocols.Reranker`. Pairs are cut longest first, so a long query never empties a passage."""

    def __init__(self, name: str, checkpoint: Checkpoint, head: Head, runtime: Runtime, token_budget: int) -> None:
        self._name = name
        self._checkpoint = checkpoint
        self._head = head
        self._languages = checkpoint.languages
        self._pooled = PooledTransformer(checkpoint, runtime, head.pooling, token_budget)

    @property
    def name(self) -> str:
        return self._name

    @property
    def max_tokens(self) -> int:
        return self._checkpoint.max_length

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    @property
    def special_tokens(self) -> int:
        return self.tokens.special_tokens(pair=True)

    @property
    def tokens(self) -> Tokenization:
        return self._pooled.tokenization

    def predict(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Scores after the model's own activation, shape (n,): what sentence-transformers' `CrossEncoder` gives."""
        return self._head.activation(self.score(query, passages))

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Logits, shape (n,), in the order of `passages`: they separate pairs that a sigmoid has squashed together."""
        rows = self._pooled.run([(query, passage.text) for passage in passages])
        for layer in self._head.layers:
            rows = layer.apply(rows)
        return np.ascontiguousarray(rows[:, 0], dtype=np.float32)

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        """How many pairs are cut when scored."""
        encodings = self.tokens.encode([(query, passage.text) for passage in passages])
        return sum(bool(encoding.overflowing) for encoding in encodings)
