"""Recipes: what is wrong is named by its key, and the recipes that ship are right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.errors import InvalidRecipe, UsageError
from indexer.training.recipe import Kind, read_recipe

RECIPES = Path(__file__).parents[3] / "indexer" / "training" / "recipes"
SOURCE = {"kind": "pairs", "path": "pairs.jsonl", "licence": "CC0"}
RECIPE: dict[str, Any] = {"name": "mine", "kind": "reranker", "data": [SOURCE], "schedule": {"epochs": 1}}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({**RECIPE, **changes}))
    return path


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"learning_rate": 1}, "learning_rate: Extra inputs"),
        ({"data": []}, "data: "),
        ({"data": [{**SOURCE, "licence": ""}]}, "data.0.licence: "),
        ({"data": [{**SOURCE, "kind": "csv"}]}, "data.0.kind: "),
        ({"data": [{**SOURCE, "path": "$WINNOW_NOT_SET/x"}]}, "data.0.path: .*not set"),
        ({"schedule": {"epochs": 1, "minutes": 1}}, "schedule: .*either epochs or minutes"),
        ({"schedule": {"epochs": 1, "batch_size": 0}}, "schedule.batch_size: "),
        ({"schedule": None}, "without a schedule"),
        ({"regression": {}}, "regression belongs to recipes of kind static"),
        ({"projection": {}}, "projection belongs to recipes of kind encoder"),
        ({"kind": "encoder", "layers": 2}, "layers belongs to recipes of kind reranker"),
        ({"kind": "static"}, "needs the part regression"),
        ({"data": [{**SOURCE, "kind": "classes", "held_out": 3}]}, "data.0: .*no queries"),
        ({"data": [{**SOURCE, "kind": "classes", "weight": 2}]}, "data.0: .*no queries"),
        ({"data": [{**SOURCE, "kind": "parallel", "held_out": 3}]}, "data.0: .*parallel has no queries"),
        ({"evaluation": {"sets": [{**SOURCE, "kind": "pair-classes"}]}}, "evaluation: .*no queries to evaluate"),
        ({"evaluation": {"sets": [{**SOURCE, "kind": "classes"}]}}, "evaluation: .*no queries to evaluate"),
        ({"schedule": {"epochs": 1, "batches": "sorted"}}, "schedule.batches: "),
        ({"serving": {"rerank": "none"}}, "serving belongs to recipes of encoders"),
        ({"kind": "encoder", "serving": {"speed": 1}}, "serving: .*no 'speed'"),
        ({"kind": "encoder", "serving": {"dense_weight": 2}}, "serving: .*dense_weight must lie"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidRecipe, match=key):
        read_recipe(written(tmp_path, **changes), changes.get("kind", "reranker"))


def test_a_recipe_is_for_one_kind(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipe, match="winnow train reranker"):
        read_recipe(written(tmp_path), "encoder")


def test_no_file_and_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no recipe"):
        read_recipe(tmp_path / "none.yaml", "encoder")
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(InvalidRecipe, match="not YAML"):
        read_recipe(tmp_path / "bad.yaml", "encoder")


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_recipes_that_ship_are_valid_and_train_on_nothing_that_is_for_evaluation(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_SHARED", "/shared")
    monkeypatch.setenv("WINNOW_CHECKOUT", "/checkout")
    kind: Kind = yaml.safe_load(path.read_text("utf-8"))["kind"]
    recipe = read_recipe(path, kind)
    sources = [*recipe.data, *recipe.evaluation.sets]
    assert all(data.split == "train" for data in sources)
    assert not any(name in str(data.path) for data in sources for name in ("cranfield", "cisi", "data/sample"))
    for data in recipe.evaluation.sets:  # a development query is never trained on
        trained = [other for other in recipe.data if other.kind == "beir" and other.path == data.path]
        assert all(data.only_held_out and other.held_out == data.held_out > 0 for other in trained)
