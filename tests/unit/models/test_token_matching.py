"""Matching token by token, beside the same written as loops."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.models import LocalModels
from engine.models.checkpoints.presets import STATIC
from engine.models.encoders.token_matching import match_tokens
from engine.protocols import MatchesTokens

VOCABULARY = 40
TABLE = np.random.default_rng(7).normal(size=(VOCABULARY, 8)).astype(np.float16)
TABLE[0] = 0.0  # a token that means nothing
IDS = st.lists(st.integers(0, VOCABULARY - 1), max_size=12)


def ids(tokens: Sequence[int]) -> NDArray[np.int32]:
    return np.array(tokens, np.int32)


def cosine(first: int, second: int) -> float:
    a, b = TABLE[first].astype(np.float64), TABLE[second].astype(np.float64)
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))


def by_loops(asked: Sequence[int], read: Sequence[Sequence[int]]) -> list[float]:
    passages = [passage for passage in read if passage]
    tokens = [token for token in sorted(set(asked)) if TABLE[token].any()]
    if not tokens or not passages:
        return [0.0] * len(read)
    weights = []
    for token in tokens:
        held = sum(token in passage for passage in passages)
        rarity = math.log(1 + (len(passages) - held + 0.5) / (held + 0.5))
        weights.append(rarity * float(np.linalg.norm(TABLE[token].astype(np.float64))))
    return [
        sum(w * max(cosine(token, other) for other in passage) for token, w in zip(tokens, weights, strict=True))
        / sum(weights)
        if passage
        else 0.0
        for passage in read
    ]


@settings(deadline=None)
@given(IDS, st.lists(IDS, max_size=8))
def test_it_is_what_loops_give(asked: list[int], read: list[list[int]]) -> None:
    found = match_tokens(TABLE, ids(asked), [ids(passage) for passage in read])
    assert found.dtype == np.float32 and found.shape == (len(read),)
    np.testing.assert_allclose(found, by_loops(asked, read), atol=2e-5)


def test_of_a_long_query_the_tokens_that_weigh_most_count() -> None:
    table = np.eye(200, dtype=np.float32) * np.linspace(1.0, 3.0, 200, dtype=np.float32)[:, None]
    heavy, light = ids(range(136, 200)), ids(range(136))
    found = match_tokens(table, ids(range(200)), [heavy, light])
    np.testing.assert_allclose(found, [1.0, 0.0], atol=1e-6)


def test_the_static_model_finds_what_says_the_same_in_other_words() -> None:
    encoder = LocalModels().encoder(STATIC)
    assert isinstance(encoder, MatchesTokens)
    passages = ["The physician prescribed tablets.", "The bridge is long and old.", ""]
    found = encoder.match("which pills did the doctor give", passages)
    assert found[0] > found[1] > found[2] == 0.0
    np.testing.assert_allclose(
        encoder.match("which pills", passages[::-1]), encoder.match("which pills", passages)[::-1]
    )
