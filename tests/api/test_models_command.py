"""`winnow models`: what there is, what one is, copies that score as the original does, and what to do without a hub."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.presets import PRESETS, PUBLISHED
from engine.models.selftest import trial
from engine.models.selftest.choosing import Measured
from engine.models.selftest.results import Result
from engine.types import Passage
from tests.conftest import Models, Winnow
from tests.support.checkpoints import TEXTS, tiny_cross_encoder
from tests.support.families import tiny_deberta, tiny_modernbert

PASSAGES = [Passage(text) for text in TEXTS]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache, and no hub; the library has read its environment by now."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))


def test_list(winnow: Winnow) -> None:
    rows = winnow("models", "list", "--json").json["models"]
    assert {(row["name"], row["kind"]) for row in rows} == {
        (name, kind) for name in ("bundled", *PRESETS) for kind in ("encoder", "reranker")
    }
    bundled = rows[0]
    assert bundled["languages"] == ["en"] and bundled["licence"] == "apache-2.0" and 22 < bundled["millions"] < 24
    assert bundled["local"]
    named = {row["model"] for row in rows if row["name"] in PRESETS}
    assert named == {
        *PUBLISHED,
        "winnow-static",
        "winnow-multilingual",
        "winnow-reranker",
    }  # two presets are of bundled ones


def test_show(winnow: Winnow, models: Models) -> None:
    [encoder] = winnow("models", "show", models.encoder, "--json").json["models"]
    assert encoder["kind"] == "encoder" and encoder["architecture"] == "bert"
    assert encoder["head"] == "mean, normalize"
    assert encoder["dimension"] == 32 and encoder["max_tokens"] == 62
    assert "onnx" in encoder["runtimes"] and not encoder["own_code"]
    [reranker] = winnow("models", "show", models.reranker, "--json").json["models"]
    assert reranker["kind"] == "reranker" and reranker["head"] == "cls, bert.pooler.dense, classifier"
    assert encoder["fingerprint"] != reranker["fingerprint"]
    assert "max_tokens: 62" in winnow("models", "show", models.encoder).out


def test_the_self_test_is_kept_and_shown(
    winnow: Winnow, models: Models, tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(cache=tmp_path)
    assert winnow("models", "show", models.encoder, "--json").json["models"][0]["embeds_with"] == (
        "onnx auto, by the settings"
    )
    setting(runtime="auto")
    assert "not tested on this machine" in winnow("models", "show", models.encoder).out
    found = (Measured("onnx", "float32", 50.0, 1.0, 1.0), Measured("openvino", "float32", 100.0, 1.0, 1.0))
    broken = Measured("torch", "bfloat16", problem="It is broken.")
    monkeypatch.setattr(trial, "run_trial", lambda name: Result((*found, broken)))
    told = winnow("models", "test", models.encoder)
    lines = told.out.splitlines()
    assert told.code == 0 and "100.0 passages/s" in lines[1] and "It is broken." in lines[2]
    assert "openvino float32, 2.00 times as fast as onnx float32 here" in lines[3]
    assert "2.00 times" in winnow("models", "show", models.encoder, "--json").json["models"][0]["embeds_with"]
    monkeypatch.setattr(trial, "run_trial", lambda name: Result((), "its process ended with -4."))
    asked = winnow("models", "test", models.encoder, "--json").json
    assert asked["chosen"] is None and asked["problem"] == "its process ended with -4."
    assert "failed" in winnow("models", "show", models.encoder).out
    refused = winnow("models", "test", "bundled-static")
    assert refused.code == 2 and "no run-time to choose" in refused.err


def test_bundled_is_two_models(winnow: Winnow, tmp_path: Path) -> None:
    shown = winnow("models", "show", "bundled", "--json").json["models"]
    assert [model["kind"] for model in shown] == ["encoder", "reranker"]
    done = winnow("models", "export", "bundled", tmp_path / "copy", "--json").json
    assert done["directories"] == {kind: str(tmp_path / "copy" / kind) for kind in ("encoder", "reranker")}
    copied = [winnow("models", "show", place, "--json").json["models"][0] for place in done["directories"].values()]
    assert [model["kind"] for model in copied] == ["encoder", "reranker"]
    again = winnow("models", "export", "bundled", tmp_path / "copy")
    assert again.code == 2 and "not an empty folder" in again.err
    one = winnow("models", "export", "bundled", tmp_path / "one", "--kind", "reranker", "--json").json
    assert one["directories"] == {"reranker": str(tmp_path / "one")}


def test_a_half_precision_copy_scores_as_the_original(winnow: Winnow, models: Models, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert winnow("models", "export", models.encoder, copy).code == 0
    vectors, original = load_encoder(str(copy)).encode(TEXTS), load_encoder(models.encoder).encode(TEXTS)
    np.testing.assert_allclose(vectors, original, rtol=0, atol=5e-3)
    assert (copy / "model.safetensors").stat().st_size < 0.6 * (
        Path(models.encoder) / "model.safetensors"
    ).stat().st_size
    for line in (copy / "CHECKSUMS.sha256").read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((copy / name).read_bytes()).hexdigest() == digest
    again = winnow("models", "export", models.encoder, copy)
    assert again.code == 2 and "not an empty folder" in again.err


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert"])
def test_an_onnx_copy_gives_the_logits(winnow: Winnow, family: str, tmp_path: Path) -> None:
    make = {"deberta-v2": tiny_deberta, "modernbert": tiny_modernbert}.get(
        family, partial(tiny_cross_encoder, family=family)
    )
    model, copy = make(tmp_path / "model"), tmp_path / "copy"
    assert winnow("models", "export", model, copy, "--format", "onnx").code == 0
    assert not list(copy.rglob("*.safetensors"))
    reranker: Any = load_reranker(str(model))
    session = onnxruntime.InferenceSession(str(copy / "onnx" / "model.onnx"))
    for passage in PASSAGES:
        encoding = reranker.tokens.encode([("the river", passage.text)])[0]
        feed = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        [logits] = session.run(
            ["logits"], {value.name: np.array([feed[value.name]], np.int64) for value in session.get_inputs()}
        )
        np.testing.assert_allclose(logits[0], reranker.score("the river", [passage]), rtol=0, atol=1e-4)


def test_an_onnx_copy_of_an_encoder_gives_hidden_states(winnow: Winnow, models: Models, tmp_path: Path) -> None:
    assert winnow("models", "export", models.encoder, tmp_path / "copy", "--format", "onnx").code == 0
    session = onnxruntime.InferenceSession(str(tmp_path / "copy" / "onnx" / "model.onnx"))
    ones = np.ones((2, 5), np.int64)
    [hidden] = session.run(["last_hidden_state"], {value.name: ones for value in session.get_inputs()})
    assert hidden.shape == (2, 5, 32)


def test_without_a_hub(winnow: Winnow) -> None:
    pulled = winnow("models", "pull", "minilm")
    assert pulled.code == 1 and "cannot be reached" in pulled.err and "bundled" in pulled.err
    shown = winnow("models", "show", "minilm")
    assert shown.code == 1 and "winnow models pull" in shown.err
