"""What identifies a reranker."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.models.rerankers.digest import reranker_digest
from engine.models.rerankers.prompts import LAYERWISE
from tests.support.checkpoints import tiny_cross_encoder
from tests.support.late_interaction import tiny_late_interaction


def test_it_is_that_of_the_files_wherever_they_lie(tmp_path: Path) -> None:
    first = tiny_cross_encoder(tmp_path / "a")
    second = shutil.copytree(first, tmp_path / "b")
    assert reranker_digest(str(first)) == reranker_digest(str(second))
    config = json.loads((second / "config.json").read_text())
    (second / "config.json").write_text(json.dumps(config | {"id2label": {"0": "other"}}))
    assert reranker_digest(str(first)) != reranker_digest(str(shutil.copytree(second, tmp_path / "c")))


@pytest.mark.parametrize(("architecture", "matters"), [(LAYERWISE, True), ("BertForSequenceClassification", False)])
def test_the_layer_belongs_to_it_where_there_is_a_choice(
    tmp_path: Path, setting: Callable[..., None], architecture: str, matters: bool
) -> None:
    path = tiny_cross_encoder(tmp_path / "a")
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | {"architectures": [architecture]}))
    setting(cutoff_layer=12)
    before = reranker_digest(str(path))
    setting(cutoff_layer=20)
    assert (reranker_digest(str(path)) != before) is matters


def test_what_a_model_declares_of_its_scores_belongs_to_it(tmp_path: Path) -> None:
    plain = tiny_late_interaction(tmp_path / "a")
    scaled = shutil.copytree(plain, tmp_path / "b")
    about = scaled / "config_sentence_transformers.json"
    declared = {"winnow": {"logit": {"scale": 30.0, "offset": 0.5}}}
    about.write_text(json.dumps(json.loads(about.read_text()) | declared))
    assert reranker_digest(str(plain)) != reranker_digest(str(scaled))
