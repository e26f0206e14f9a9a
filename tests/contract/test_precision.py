"""bfloat16 on every runtime that has it: the same models, a little less exactly; a typed error where it is not to be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UsageError
from engine.models import load_encoder, load_reranker
from engine.models.runtimes.execution import execution
from engine.models.runtimes.runtime import RUNTIMES, installed
from engine.types import Passage
from tests.support.checkpoints import TEXTS, tiny_encoder

QUERY = "how do I keep a compost heap warm"
PASSAGES = [Passage(text) for text in TEXTS]


@pytest.fixture(params=[name for name in RUNTIMES if name != "onnx"])
def runtime(request: pytest.FixtureRequest) -> str:
    if not installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    try:
        load_encoder("bundled", runtime=request.param, precision="bfloat16")
    except UsageError as error:
        pytest.skip(str(error))
    return str(request.param)


def test_the_reranker_keeps_its_scores(runtime: str) -> None:
    exact, fast = (
        load_reranker("bundled", runtime=runtime, precision=precision).score(QUERY, PASSAGES)
        for precision in ("float32", "bfloat16")
    )
    assert fast.dtype == np.float32
    assert 0.0 < np.abs(exact - fast).max() < 0.05 * float(np.ptp(exact))


def test_the_encoder_keeps_its_vectors(runtime: str) -> None:
    exact, fast = (
        load_encoder("bundled", runtime=runtime, precision=precision) for precision in ("float32", "bfloat16")
    )
    ours, theirs = exact.encode(TEXTS), fast.encode(TEXTS)
    cosines = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert theirs.dtype == np.float32 and cosines.min() > 0.999
    assert ((ours > 0) == (theirs > 0)).mean() > 0.98  # the sign bits, which are what is searched first
    assert exact.fingerprint == fast.fingerprint  # an index made with one is searched with the other


def test_onnx_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="computes in float32") as caught:
        load_encoder(str(tiny_encoder(tmp_path)), runtime="onnx", precision="bfloat16")
    assert "WINNOW_PRECISION" in str(caught.value.remedy) and "openvino" in str(caught.value.remedy)


def test_the_setting_is_what_a_model_is_run_with(setting: Callable[..., None]) -> None:
    setting(precision="bfloat16")
    assert execution().precision == "bfloat16" and execution(precision="float32").precision == "float32"
