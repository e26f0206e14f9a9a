"""Rerankers without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.types import Float32, Passage
from tests.support.tokens import Words


class Judge:
    """Gives each passage what `rate` says of its text. A word is a token; `asked` holds what it was asked, in order."""

    name, special_tokens, languages = "judge", 3, None

    def __init__(self, rate: Callable[[str], float], max_tokens: int = 512) -> None:
        self.rate, self.max_tokens = rate, max_tokens
        self.tokens = Words()
        self.asked: list[tuple[str, str]] = []

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        self.asked += [(query, passage.text) for passage in passages]
        return np.array([self.rate(passage.text) for passage in passages], np.float32)

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        lengths = self.tokens.count([f"{query} {passage.text}" for passage in passages])
        return sum(length + self.special_tokens > self.max_tokens for length in lengths)
