"""bfloat16 and float16 on every runtime that has it, and int8 on onnx: the same models, a little less exactly; a typed error where
a precision is not to be had.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UnsupportedModel, UsageError
from engine.models import load_encoder, load_reranker
from engine.models.runtimes.execution import Precision, execution
from engine.models.runtimes.runtime import RUNTIMES, installed
from engine.types import Passage
from tests.support.checkpoints import TEXTS, tiny_cross_encoder, tiny_encoder
from tests.support.families import tiny_deberta, tiny_modernbert

QUERY = "how do I keep a compost heap warm"
TINY = {
    "bert": tiny_encoder,
    "roberta": lambda path: tiny_encoder(path, family="roberta"),
}
PASSAGES = [Passage(text) for text in TEXTS]
ANSWERING = [  # some of them, so that scores are far apart
    *PASSAGES[:3],
    Passage("Turn the heap every week: air and moisture keep it warm."),
    Passage("A compost heap of one cubic metre keeps its own warmth, even in winter."),
    Passage("The library opens at nine."),
]


NARROW: list[tuple[str, Precision]] = [
    (name, precision) for name in RUNTIMES if name != "onnx" for precision in ("bfloat16", "float16")
]


@pytest.fixture(params=NARROW, ids=" ".join)
def narrow(request: pytest.FixtureRequest) -> tuple[str, Precision]:
    """A runtime, and a precision of 16 bits that it has on this processor."""
    runtime, precision = request.param
    if not installed(runtime):
        pytest.skip(f"{runtime} is not installed")
    try:
        load_encoder("bundled", runtime=runtime, precision=precision)
    except UsageError as error:
        pytest.skip(str(error))
    return runtime, precision


def test_the_reranker_keeps_its_scores(narrow: tuple[str, Precision]) -> None:
    exact, fast = (
        load_reranker("bundled", runtime=narrow[0], precision=precision).score(QUERY, ANSWERING)
        for precision in ("float32", narrow[1])
    )
    assert fast.dtype == np.float32
    assert 0.0 < np.abs(exact - fast).max() < 0.05 * float(np.ptp(exact))


def test_the_encoder_keeps_its_vectors(narrow: tuple[str, Precision]) -> None:
    exact, fast = (
        load_encoder("bundled", runtime=narrow[0], precision=precision) for precision in ("float32", narrow[1])
    )
    ours, theirs = exact.encode(TEXTS), fast.encode(TEXTS)
    cosines = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert theirs.dtype == np.float32 and cosines.min() > 0.999
    assert ((ours > 0) == (theirs > 0)).mean() > 0.98  # the sign bits, which are what is searched first
    assert exact.fingerprint == fast.fingerprint  # an index made with one is searched with the other


@pytest.mark.parametrize(
    ("runtime", "precision", "other"),
    [
        ("onnx", "bfloat16", "openvino or torch"),
        ("onnx", "float16", "openvino or torch"),
        ("openvino", "int8", "onnx"),
        ("torch", "int8", "onnx"),
    ],
)
@pytest.mark.parametrize("load", [load_encoder, load_reranker])
def test_a_precision_that_a_runtime_lacks_is_refused(
    load: Callable[..., object], runtime: str, precision: Precision, other: str, tmp_path: Path
) -> None:
    model = tiny_encoder(tmp_path) if load is load_encoder else tiny_cross_encoder(tmp_path)
    with pytest.raises(UsageError, match=f"not in {precision}") as caught:
        load(str(model), runtime=runtime, precision=precision)
    assert f"WINNOW_RUNTIME={other}, or leave WINNOW_PRECISION out" in caught.value.remedy


def test_the_setting_is_what_a_model_is_run_with(setting: Callable[..., None]) -> None:
    setting(precision="bfloat16")
    assert execution().precision == "bfloat16" and execution(precision="float32").precision == "float32"


def test_int8_keeps_the_rerankers_scores() -> None:
    exact, fast = (
        load_reranker("bundled", runtime="onnx", precision=precision).score(QUERY, ANSWERING)
        for precision in ("float32", "int8")
    )
    assert 0.0 < np.abs(exact - fast).max() < 0.1 * float(np.ptp(exact))
    assert np.corrcoef(exact, fast)[0, 1] > 0.99


@pytest.mark.parametrize("tiny", [tiny_modernbert, tiny_deberta])
def test_int8_is_near_float32_in_cross_encoders(tiny: Callable[..., Path], tmp_path: Path) -> None:
    path = str(tiny(tmp_path, labels=["yes"]))
    exact, fast = (
        load_reranker(path, runtime="onnx", precision=precision).score("river", PASSAGES)
        for precision in ("float32", "int8")
    )
    assert np.corrcoef(exact, fast)[0, 1] > 0.9 and not np.array_equal(exact, fast)


def test_a_model_says_itself_that_it_was_measured_in_int8() -> None:
    told, asked = (
        load_reranker("bundled", runtime="onnx", precision=precision).score(QUERY, PASSAGES)
        for precision in ("auto", "int8")
    )
    np.testing.assert_array_equal(told, asked)
    plain, exact = (load_encoder("bundled", runtime="onnx", precision=each) for each in ("auto", "float32"))
    np.testing.assert_array_equal(plain.encode(TEXTS), exact.encode(TEXTS))  # the encoder does not


@pytest.mark.parametrize("architecture", sorted(TINY))
def test_int8_is_near_float32_in_each_architecture_and_does_not_depend_on_the_batch(
    architecture: str, tmp_path: Path
) -> None:
    path = str(TINY[architecture](tmp_path))
    exact, fast = (load_encoder(path, runtime="onnx", precision=precision) for precision in ("float32", "int8"))
    ours, theirs = exact.encode(TEXTS), fast.encode(TEXTS)
    cosines = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosines.min() > 0.95
    for text, row in zip(TEXTS, theirs, strict=True):
        np.testing.assert_allclose(fast.encode([text])[0], row, atol=1e-6)


def test_a_precision_that_a_model_cannot_ask_for_is_told(tmp_path: Path) -> None:
    config = tiny_encoder(tmp_path) / "config_sentence_transformers.json"
    config.write_text(json.dumps({"winnow": {"precision": "int3"}}))
    with pytest.raises(UnsupportedModel, match="precision is int3"):
        load_encoder(str(tmp_path), runtime="onnx")
