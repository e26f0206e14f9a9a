"""How deep the first pass goes where a recipe leaves it open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.vectors.oversampling import usual_oversampling


@pytest.mark.parametrize(("chunks", "usual"), [(0, 4), (1, 4), (10_000, 4), (1_000_000, 16), (10_000_000, 32)])
def test_it_grows_with_the_collection(chunks: int, usual: int) -> None:
    assert usual_oversampling(chunks) == usual


@given(st.integers(0, 10**10), st.integers(0, 10**10))
def test_more_chunks_never_take_less(some: int, others: int) -> None:
    fewer, more = sorted((some, others))
    assert 4 <= usual_oversampling(fewer) <= usual_oversampling(more)
