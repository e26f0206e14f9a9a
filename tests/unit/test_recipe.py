"""Recipes: what is refused, and that they survive JSON."""

from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.recipe import Recipe


def test_round_trip() -> None:
    recipe = Recipe(fusion="rrf", k1=0.9, rerank="none")
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_settings_are_read_in_their_own_kind() -> None:
    recipe = Recipe().with_settings(["rerank=none", "candidates=50", "dense_weight=0.25"])
    assert (recipe.rerank, recipe.candidates, recipe.dense_weight) == ("none", 50, 0.25)


@pytest.mark.parametrize(
    "setting", ["rerank=maybe", "candidates=0", "candidates=many", "dense_weight=1.5", "depth=3", "fusion", "b=nan"]
)
def test_nonsense_is_refused(setting: str) -> None:
    with pytest.raises(UsageError):
        Recipe().with_settings([setting])
