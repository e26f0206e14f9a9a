"""The cross-encoder: query and passage read together, one score a pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.rerankers.labels import read_labels
from engine.types import Float32, Passage


class PairScorer(Protocol):
    """A model with a classification head. Safe under threads."""

    @property
    def labels(self) -> int: ...

    @property
    def tokenization(self) -> Tokenization: ...

    def run(self, pairs: Sequence[tuple[str, str]]) -> Float32:
        """Outputs before any activation, shape (n, labels)."""
        ...


class CrossEncoder:
    """Implements `engine.protocols.TellsLabels`. Pairs are cut longest first: a long query never empties a passage."""

    def __init__(self, name: str, checkpoint: Checkpoint, scorer: PairScorer) -> None:
        self._name = name
        self._max_length = checkpoint.max_length
        self._languages = checkpoint.languages
        self._scorer = scorer
        self._labels = read_labels(checkpoint, scorer.labels)

    @property
    def name(self) -> str:
        return self._name

    @property
    def max_tokens(self) -> int:
        return self._max_length

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    @property
    def special_tokens(self) -> int:
        return self.tokens.special_tokens(pair=True)

    @property
    def tokens(self) -> Tokenization:
        return self._scorer.tokenization

    @property
    def label_names(self) -> tuple[str, ...]:
        return self._labels.names

    def labelled(self, query: str, passages: Sequence[Passage]) -> Float32:
        outputs = self._scorer.run(self._pairs(query, passages))
        return outputs - np.logaddexp.reduce(outputs, axis=1, keepdims=True)

    def predict(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Scores after the model's own activation, shape (n,): what sentence-transformers' `CrossEncoder` gives."""
        return self._labels.activation(self.score(query, passages))

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Logits, shape (n,), in the order of `passages`: they separate pairs that a sigmoid has squashed together."""
        return self._labels.logits(self._scorer.run(self._pairs(query, passages)))

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        """How many pairs are cut when scored."""
        return sum(bool(encoding.overflowing) for encoding in self.tokens.encode(self._pairs(query, passages)))

    def _pairs(self, query: str, passages: Sequence[Passage]) -> list[tuple[str, str]]:
        return self._labels.pairs(query, [passage.text for passage in passages])
