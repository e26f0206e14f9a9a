"""An encoder in several processes: what it gives is what one gives, in order, and what a process raises is raised."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelUnavailable, UsageError
from engine.models import load_encoder
from engine.models.devices import _environment, on_devices
from engine.models.runtimes.runtime import installed
from tests.conftest import Models, Winnow
from tests.support.checkpoints import TEXTS, tiny_encoder


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    name = str(tiny_encoder(tmp_path, prompts={"query": "the query ", "document": "a passage "}))
    with on_devices("cpu, cpu") as models:
        spread, one = models.encoder(name), load_encoder(name)
        assert spread.fingerprint == one.fingerprint and spread.max_tokens == one.max_tokens
        for texts in (TEXTS, TEXTS * 9, TEXTS[:1], []):
            np.testing.assert_allclose(spread.encode(texts), one.encode(texts), atol=1e-6)
        other = {"query": "which city ", "document": ""}
        asked = spread.with_prompts(other).encode(TEXTS, role="query")
        np.testing.assert_allclose(asked, one.with_prompts(other).encode(TEXTS, role="query"), atol=1e-6)
        assert len(multiprocessing.active_children()) == 2
    assert not multiprocessing.active_children()


def test_a_process_that_ends_is_told(tmp_path: Path) -> None:
    with on_devices("cpu,cpu") as models:
        encoder = models.encoder(str(tiny_encoder(tmp_path)))
        victim = multiprocessing.active_children()[0].pid
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(ModelUnavailable, match=r"on cpu has ended \(exit code -9\)"):
            encoder.encode(TEXTS)
    assert not multiprocessing.active_children()


@pytest.mark.skipif(not installed("torch"), reason="torch is not installed")
def test_what_a_process_raises_is_raised_here(tmp_path: Path, setting: Callable[..., None]) -> None:
    setting(runtime="torch")
    name = str(tiny_encoder(tmp_path))
    with on_devices("cpu,cuda:99") as models, pytest.raises(UsageError, match="no cuda:99"):
        models.encoder(name)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("names", ["gpu", "cuda", "cuda:x", "", "cpu,", "cuda:0"])
def test_what_is_no_device_is_refused(names: str) -> None:
    with pytest.raises(UsageError), on_devices(names):  # the last, since onnx computes on the CPU
        pass


def test_a_model_at_an_address_has_no_devices() -> None:
    with on_devices("cpu") as models, pytest.raises(UsageError, match="at its address"):
        models.encoder("openai+http://localhost:1/v1#x")


def test_a_gpu_is_counted_among_those_that_may_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert _environment("cuda:1") == {"CUDA_VISIBLE_DEVICES": "1"} and _environment("cpu")["CUDA_VISIBLE_DEVICES"] == ""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,GPU-abc")
    assert _environment("cuda:1")["CUDA_VISIBLE_DEVICES"] == "GPU-abc"
    assert _environment("cuda:2")["CUDA_VISIBLE_DEVICES"] == ""


def test_ingest_on_two_devices_makes_the_same_collection(
    winnow: Winnow, models: Models, tmp_path: Path, setting: Callable[..., None]
) -> None:
    setting(home=tmp_path / "home")
    (tmp_path / "docs").mkdir()
    for number, text in enumerate(TEXTS):
        (tmp_path / "docs" / f"{number}.md").write_text(f"# Part {number}\n\n{text} of the river {number}\n", "utf-8")
    for collection, options in (("one", ()), ("two", ("--devices", "cpu,cpu"))):
        done = winnow("ingest", tmp_path / "docs", "-c", collection, "--models", models.option, *options)
        assert done.code == 0, done.err
    one, two = (
        winnow("search", "river in the city", "-c", collection, "--rerank", "none", "--json").json["hits"]
        for collection in ("one", "two")
    )
    assert [hit["document_id"] for hit in one] == [hit["document_id"] for hit in two]
    assert [hit["score"] for hit in one] == pytest.approx([hit["score"] for hit in two], abs=1e-5)
