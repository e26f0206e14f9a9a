from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.models.runtimes.batching import batches, pad

_LENGTHS = st.lists(st.integers(0, 600), max_size=60)
_BUDGET = st.integers(1, 5000)


@given(_LENGTHS, _BUDGET)
def test_every_text_comes_once(lengths: list[int], budget: int) -> None:
    positions = [int(position) for batch in batches(lengths, budget) for position in batch]
    assert sorted(positions) == list(range(len(lengths)))


@given(_LENGTHS, _BUDGET)
def test_batches_stay_within_the_budget(lengths: list[int], budget: int) -> None:
    for batch in batches(lengths, budget):
        longest = max(lengths[position] for position in batch)
        assert len(batch) == 1 or longest * len(batch) <= budget


@given(_LENGTHS, _BUDGET)
def test_longest_first(lengths: list[int], budget: int) -> None:
    ordered = [lengths[position] for batch in batches(lengths, budget) for position in batch]
    assert ordered == sorted(lengths, reverse=True)


def test_pad() -> None:
    np.testing.assert_array_equal(pad([[1, 2, 3], [], [4]], 9), [[1, 2, 3], [9, 9, 9], [4, 9, 9]])
