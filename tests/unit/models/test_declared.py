"""What a model declares for Winnow in its configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UnsupportedModel, UsageError
from engine.models import load_encoder
from engine.models.checkpoints.declared import declared_recipe
from engine.models.checkpoints.presets import PRESETS
from engine.recipe import Recipe
from tests.support.checkpoints import tiny_static


def declaring(path: Path, declared: Any) -> str:
    """A static encoder that declares this."""
    tiny_static(path)
    (path / "config_sentence_transformers.json").write_text(json.dumps({"winnow": declared}))
    return str(path)


def test_nothing_is_declared(tmp_path: Path) -> None:
    tiny_static(tmp_path)
    assert declared_recipe(str(tmp_path)) == Recipe()
    assert load_encoder(str(tmp_path)).max_tokens >= 1_000_000


def test_a_recipe_and_a_length(tmp_path: Path) -> None:
    name = declaring(tmp_path, {"max_tokens": 48, "recipe": {"dense_weight": 0.25, "rerank": "none"}})
    assert declared_recipe(name) == Recipe(fusion="minmax", dense_weight=0.25, rerank="none")
    assert load_encoder(name).max_tokens == 48


def test_a_weight_is_of_the_declared_fusion(tmp_path: Path) -> None:
    name = declaring(tmp_path, {"recipe": {"fusion": "evidence", "dense_weight": 0.7}})
    assert declared_recipe(name) == Recipe(fusion="evidence", dense_weight=0.7)


@pytest.mark.parametrize(
    ("declared", "error"),
    [
        ("fast", UnsupportedModel),
        ({"recipe": {"speed": 1}}, UnsupportedModel),
        ({"recipe": {"dense_weight": 3}}, UsageError),
    ],
)
def test_what_makes_no_sense(tmp_path: Path, declared: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"winnow|dense_weight"):
        declared_recipe(declaring(tmp_path, declared))


def test_the_preset_fast_is_bundled_and_instant() -> None:
    recipe = declared_recipe(PRESETS["fast"].encoder)
    assert recipe == Recipe(rerank="none")
    static, bundled = load_encoder(PRESETS["fast"].encoder), load_encoder()
    assert static.max_tokens == bundled.max_tokens and static.tokens.count(["a passage"]) == [2]
    assert static.languages == bundled.languages


def test_the_multilingual_preset_weighs_meaning_more() -> None:
    preset = PRESETS["multilingual"]
    assert preset.reranker == "bundled"
    assert declared_recipe(preset.encoder) == Recipe(fusion="minmax", dense_weight=0.7)
