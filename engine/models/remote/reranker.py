"""A reranker at an address."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.models.remote.address import Address
from engine.models.remote.answers import read_scores, rerank_question
from engine.models.remote.tokens import EstimatedTokens
from engine.models.remote.transport import Transport
from engine.types import Float32, Passage

_SPECIAL_TOKENS = 4
_BATCH = 32  # passages in one request: what text-embeddings-inference takes


class HttpReranker:
    """Implements `engine.protocols.Reranker`. Safe under threads; nothing is asked before the first score."""

    def __init__(self, name: str, address: Address) -> None:
        self._name = name
        self._address = address
        self._transport = Transport(address)
        self._tokens = EstimatedTokens()

    @property
    def name(self) -> str:
        return self._name

    @property
    def max_tokens(self) -> int:
        return self._address.max_tokens

    @property
    def languages(self) -> frozenset[str] | None:
        """All of them (None), since nobody says which."""
        return None

    @property
    def special_tokens(self) -> int:
        return _SPECIAL_TOKENS

    @property
    def tokens(self) -> EstimatedTokens:
        return self._tokens

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Logits, shape (n,), in the order of `passages`; a pair that is too long is cut, the longer of the two first.

        ModelUnavailable, ModelNotFound, ModelAnswerInvalid.
        """
        room = self.max_tokens - _SPECIAL_TOKENS
        asked = self._tokens.count([query])[0]
        scores = np.empty(len(passages), np.float32)
        for start in range(0, len(passages), _BATCH):
            texts = [passage.text for passage in passages[start : start + _BATCH]]
            longest = max(self._tokens.count(texts))
            kept = self._tokens.cut(query, max(room - longest, room // 2))
            left = room - min(asked, max(room - longest, room // 2))
            question = rerank_question(self._address, kept, [self._tokens.cut(text, left) for text in texts])
            scores[start : start + len(texts)] = read_scores(self._address, self._transport.ask(question), len(texts))
        return scores

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        """How many pairs are cut when scored, by the estimate."""
        room = self.max_tokens - _SPECIAL_TOKENS - self._tokens.count([query])[0]
        return sum(length > room for length in self._tokens.count([passage.text for passage in passages]))
