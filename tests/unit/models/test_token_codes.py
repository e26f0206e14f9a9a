from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.rerankers import token_codes
from engine.models.rerankers.token_codes import FloatCodes, TwoBitCodes, maxsims


def unit(rng: np.random.Generator, *shape: int) -> Any:
    rows = rng.normal(size=shape).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


@given(st.lists(st.integers(0, 6), max_size=9), st.integers(1, 4), st.booleans(), st.integers(0, 2**32 - 1))
def test_maxsim_is_what_its_definition_says(tokens: list[int], queries: int, mean: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    query = rng.normal(size=(queries, 3)).astype(np.float32)
    passages = [rng.normal(size=(length, 3)).astype(np.float32) for length in tokens]
    expected = [sum(max((float(q @ v) for v in passage), default=0.0) for q in query) for passage in passages]
    found = maxsims(FloatCodes(), query, passages, mean=mean)
    assert found == pytest.approx(np.array(expected) / (queries if mean else 1), rel=1e-4, abs=1e-5)


def test_scores_do_not_depend_on_how_passages_are_sliced(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    query, passages = unit(rng, 5, 16), [unit(rng, length, 16) for length in (4, 0, 9, 1, 30, 0, 2)]
    whole = maxsims(FloatCodes(), query, passages, mean=True)
    monkeypatch.setattr(token_codes, "_SLICE", 7)
    np.testing.assert_allclose(maxsims(FloatCodes(), query, passages, mean=True), whole, rtol=1e-6)


@given(st.integers(1, 5), st.integers(0, 9), st.sampled_from([8, 24, 32]), st.integers(0, 2**32 - 1))
def test_each_component_keeps_its_interval(queries: int, tokens: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    query, vectors = unit(rng, queries, width), unit(rng, tokens, width)
    kept = TwoBitCodes().encode(vectors)
    assert kept.shape == (tokens, width // 4) and kept.dtype == np.uint8
    sized = np.where(np.abs(vectors) * np.sqrt(width) > 0.9816, 1.5104, 0.4528) / (1 - 0.1175) / np.sqrt(width)
    expected = query @ (np.where(vectors > 0, 1.0, -1.0) * sized).T
    np.testing.assert_allclose(TwoBitCodes().products(query, kept), expected, atol=1e-5)


def test_two_bits_estimate_the_cosine() -> None:
    rng = np.random.default_rng(1)
    query, vectors = unit(rng, 1, 384), unit(rng, 4000, 384)
    vectors = vectors + 0.7 * query  # some are near
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exact, estimated = query @ vectors.T, TwoBitCodes().products(query, TwoBitCodes().encode(vectors))
    assert abs(float((estimated - exact).mean())) < 0.01
    assert float((estimated - exact).std()) < 0.025  # signs alone: 0.035
