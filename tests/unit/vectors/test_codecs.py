"""Codecs against their definitions and against FAISS."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.vectors.codecs import binary_codes, int8_codes, int8_scores

vectors = arrays(np.float32, st.tuples(st.integers(0, 6), st.just(24)), elements=st.floats(-10, 10, width=32))


@given(vectors)
def test_int8_decodes_within_half_a_step_of_each_row(values: np.ndarray) -> None:
    codes, scale = int8_codes(values)
    decoded = codes.astype(np.float32) * scale[:, None]
    assert np.all(np.abs(decoded - values) <= scale[:, None] * 0.501 + 1e-30)


@given(vectors)
def test_binary_codes_are_the_signs(values: np.ndarray) -> None:
    bits = np.unpackbits(binary_codes(values), axis=1)
    assert np.array_equal(bits.astype(bool), values > 0)


def test_a_zero_vector_scores_zero() -> None:
    codes, scale = int8_codes(np.zeros((1, 8), np.float32))
    assert int8_scores(np.ones(8, np.float32), codes, scale) == pytest.approx([0.0])


def test_rows_are_independent_of_their_neighbours() -> None:
    """One scale per row: merging segments is concatenation."""
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(5, 16)).astype("f4"), 100 * rng.normal(size=(7, 16)).astype("f4")
    together = int8_codes(np.concatenate([one, other]))
    pairs: list[tuple[np.ndarray, np.ndarray]] = list(zip(int8_codes(one), int8_codes(other), strict=True))
    apart = [np.concatenate(pair) for pair in pairs]
    assert np.array_equal(together[0], apart[0]) and np.array_equal(together[1], apart[1])


def test_a_score_does_not_depend_on_the_rows_beside_it() -> None:
    generator = np.random.default_rng(5)
    codes = generator.integers(-127, 128, (1700, 384)).astype(np.int8)
    scale, query = generator.random(1700).astype(np.float32), generator.normal(size=384).astype(np.float32)
    whole = int8_scores(query, codes, scale)
    for start in (1, 7, 1699):
        assert np.array_equal(whole[start:], int8_scores(query, codes[start:], scale[start:]))
    assert np.allclose(whole, (codes.astype(np.float64) @ query) * scale, rtol=1e-4, atol=1e-2)
