from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.graphs import architectures
from engine.models.runtimes import kept_graph, onnx
from engine.models.runtimes.execution import Execution
from engine.settings import settings
from engine.types import Float32
from tests.support.checkpoints import tiny_encoder

HOW = Execution("onnx", "float32", 1)
INT8 = Execution("onnx", "int8", 1)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("WINNOW_CACHE", str(tmp_path / "cache"))
    settings.cache_clear()
    yield tmp_path / "cache"
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each graph that is built is one in int8."""
    found, build = list[bool](), architectures.build_graph

    def watched(*arguments: object, int8: bool = False) -> object:
        found.append(int8)
        return build(*arguments, int8=int8)  # type: ignore[arg-type]

    monkeypatch.setattr(architectures, "build_graph", watched)
    return found


def hidden(model: Path, how: Execution = HOW) -> Float32:
    ids = np.array([[2, 5, 6, 7, 3]])
    return onnx.load(read_checkpoint(model), how).run(ids, np.ones_like(ids), np.zeros_like(ids))


@pytest.mark.parametrize("how", [HOW, INT8])
def test_what_is_kept_computes_the_same_to_the_last_bit(
    cache: Path, built: list[bool], tmp_path: Path, how: Execution
) -> None:
    model = tiny_encoder(tmp_path / "model")
    first, second = hidden(model, how), hidden(model, how)
    assert built == [how is INT8]
    assert first.tobytes() == second.tobytes()


def test_each_precision_has_a_graph_of_its_own(cache: Path, built: list[bool], tmp_path: Path) -> None:
    model = tiny_encoder(tmp_path / "model")
    for how in (HOW, INT8, HOW, INT8):
        hidden(model, how)
    assert built == [False, True]
    assert len(list(cache.glob("graph-*"))) == 2


@pytest.mark.parametrize("what", ["a byte", "a missing file", "a torn file", "no digests"])
def test_what_is_damaged_is_made_anew(cache: Path, built: list[bool], tmp_path: Path, what: str) -> None:
    model = tiny_encoder(tmp_path / "model")
    first = hidden(model)
    (kept,) = cache.glob("graph-*")
    weights = kept / "weights.bin"
    data = weights.read_bytes()
    if what == "a byte":
        weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif what == "a missing file":
        weights.unlink()
    elif what == "a torn file":
        os.truncate(weights, len(data) // 2)
    else:
        (kept / "digests.json").unlink()
    assert hidden(model).tobytes() == first.tobytes()
    assert hidden(model).tobytes() == first.tobytes()
    assert built == [False, False]
    assert [path.name for path in cache.glob("graph-*")] == [kept.name]


def test_other_weights_or_another_configuration_are_another_graph(
    cache: Path, built: list[bool], tmp_path: Path
) -> None:
    model = tiny_encoder(tmp_path / "model")
    first = hidden(model)
    config = json.loads((model / "config.json").read_text("utf-8"))
    (model / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}), "utf-8")
    assert not np.array_equal(hidden(model), first)
    assert built == [False, False]


@pytest.mark.parametrize("changed", ["ort.__version__", "processor", "_builders"])
def test_a_graph_of_another_version_or_processor_is_replaced(
    cache: Path, built: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    model = tiny_encoder(tmp_path / "model")
    hidden(model)
    (before,) = cache.glob("graph-*")
    other = "0.1" if changed.endswith("version__") else lambda: ("another",)
    monkeypatch.setattr(f"{kept_graph.__name__}.{changed}", other)
    hidden(model)
    (after,) = cache.glob("graph-*")
    assert before != after and built == [False, False]


def test_where_nothing_can_be_written_models_run_all_the_same(cache: Path, built: list[bool], tmp_path: Path) -> None:
    model = tiny_encoder(tmp_path / "model")
    cache.write_text("a file where a folder should be")
    assert hidden(model).tobytes() == hidden(model).tobytes()
    assert built == [False, False]


def test_a_large_model_is_not_kept(
    cache: Path, built: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_graph, "_LARGEST", 10)
    model = tiny_encoder(tmp_path / "model")
    hidden(model)
    hidden(model)
    assert built == [False, False] and not list(cache.glob("*graph-*"))


def test_a_model_that_cannot_run_leaves_nothing(cache: Path, tmp_path: Path) -> None:
    model = tiny_encoder(tmp_path / "model")
    config = json.loads((model / "config.json").read_text("utf-8"))
    (model / "config.json").write_text(json.dumps({**config, "hidden_act": "unheard of"}), "utf-8")
    with pytest.raises(UnsupportedModel):
        hidden(model)
    assert not list(cache.glob("*graph-*"))


def test_the_models_of_a_cache_that_was_deleted_go_on(cache: Path, tmp_path: Path) -> None:
    model = tiny_encoder(tmp_path / "model")
    hidden(model)
    runtime = onnx.load(read_checkpoint(model), HOW)
    shutil.rmtree(cache)
    ids = np.array([[2, 5, 3]])
    assert runtime.run(ids, np.ones_like(ids), np.zeros_like(ids)).shape[:2] == (1, 3)
