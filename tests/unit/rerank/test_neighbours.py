"""Scores drawn towards those of the nearest passages: hand-computed values, and what must hold for any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.query.order import reorder
from engine.recipe import Recipe
from engine.rerank.neighbours import smooth

# Two groups of four passages each, alike within a group; the lengths of the codes do not matter.
GROUPS = np.array([[9, 0], [100, 1], [50, 1], [127, 2], [0, 9], [1, 100], [1, 50], [2, 127]], np.int8)


def test_by_hand() -> None:
    scores = np.array([1.0, 0.4, 0.1, 0.1, 0.9, 0.0, 0.0, 0.0])
    expected = [0.7 + 0.3 * 0.2, 0.28 + 0.3 * 0.4, 0.07 + 0.3 * 0.5, 0.07 + 0.3 * 0.5, 0.63, 0.09, 0.09, 0.09]
    assert smooth(scores, GROUPS, 0.3) == pytest.approx(expected)


def test_a_passage_in_good_company_overtakes_a_lonely_one() -> None:
    fused = [(f"d{place}", score) for place, score in enumerate([1.0, 0.9, 0.8, 0.7, 0.95, 0.2, 0.1, 0.0])]
    fused.sort(key=lambda pair: -pair[1])
    codes = GROUPS[[int(key[1:]) for key, _ in fused]]
    equal = np.zeros(len(fused))
    alone = reorder(fused, equal, codes, Recipe(neighbour_weight=0.0))
    drawn = reorder(fused, equal, codes, Recipe(neighbour_weight=0.5))
    assert [key for key, _ in alone][:2] == ["d0", "d4"] and [key for key, _ in drawn][:4] == ["d0", "d1", "d2", "d3"]


def test_a_passage_without_a_vector_keeps_its_score_and_counts_for_no_other() -> None:
    scores, codes = np.array([1.0, 0.5, 0.0]), np.array([[1, 1], [0, 0], [1, 2]], np.int8)
    assert smooth(scores, codes, 0.5) == pytest.approx([0.5, 0.5, 0.5])
    assert smooth(scores, np.zeros((3, 2), np.int8), 0.5) is scores


@pytest.mark.parametrize("count", [0, 1])
def test_what_has_no_neighbours(count: int) -> None:
    scores = np.ones(count)
    assert smooth(scores, np.ones((count, 4), np.int8), 0.9) is scores


@st.composite
def scored(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    count = draw(st.integers(1, 30))
    scores = draw(arrays(np.float64, count, elements=st.floats(-5, 5)))
    return scores, draw(arrays(np.int8, (count, 6), elements=st.integers(-127, 127)))


@given(scored(), st.floats(0, 1))
def test_no_score_leaves_the_range_of_the_scores(found: tuple[np.ndarray, np.ndarray], weight: float) -> None:
    """So what was not read, which no policy puts above the worst that was read, stays below it."""
    scores, codes = found
    smoothed = smooth(scores, codes, weight)
    assert smoothed.shape == scores.shape
    assert smoothed.min() >= scores.min() - 1e-9 and smoothed.max() <= scores.max() + 1e-9
    assert smooth(scores, codes, 0.0) is scores


def test_a_recipe_from_before_has_no_neighbours() -> None:
    """It was chosen without them."""
    old = {name: value for name, value in Recipe().to_json().items() if name != "neighbour_weight"}
    assert Recipe.from_json(old) == Recipe(neighbour_weight=0.0)
