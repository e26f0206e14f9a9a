"""docs/training.md lists every registered loss beside data that it takes, and its recipes are valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import yaml

from indexer.training.losses import ENCODER_LOSSES, RERANKER_LOSSES, LossKind, Shape
from indexer.training.recipe import SourceKind, read_recipe

TEXT = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.partition("## Which loss")[2].partition("## Another language")[0].splitlines()
    if line.startswith("| ") and not line.startswith("| data")
]
SHAPES: list[set[Shape]] = [  # of each row
    {"pairs"},
    {"tuples", "triplets"},
    {"margins", "scores"},
    {"labelled"},
    {"lists"},
    {"fused"},
    {"classes"},
    {"pair-classes"},
    {"parallel"},
    {"texts", "single", "drawn", "damaged"},
]


def test_every_loss_stands_beside_all_data_that_it_takes() -> None:
    for place, losses in ((2, ENCODER_LOSSES), (3, RERANKER_LOSSES)):
        for row, shapes in zip(ROWS, SHAPES, strict=True):
            assert set(re.findall(r"`([\w-]+)`", row[place])) == {
                name for name in losses if takes(losses[name], shapes)
            }


def takes(loss: LossKind, shapes: set[Shape]) -> bool:
    return bool(set(loss.shapes) & shapes)


def test_every_kind_of_source_is_named() -> None:
    named = {name for row in ROWS for name in re.findall(r"`([\w-]+)`", row[1])} - {"negatives", "score"}
    assert named == set(get_args(SourceKind))


def test_the_recipes_are_valid_and_what_is_shown_of_one_fits_the_first(tmp_path: Path) -> None:
    shown = [yaml.safe_load(content) for content in re.findall(r"^```yaml\n(.*?)^```", TEXT, re.M | re.S)]
    for content in shown:
        whole = content if "data" in content else {**shown[0], **content}
        (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(whole))
        read_recipe(tmp_path / "recipe.yaml", whole["kind"])
