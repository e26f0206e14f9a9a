"""Texts that ONNX Runtime computes in int8: side by side, and none otherwise than alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.loading import make_encoder
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.onnx import load
from tests.support.checkpoints import TEXTS, tiny_encoder

MANY = [*TEXTS, " ".join(TEXTS)] * 9


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_texts_together_have_the_very_states_that_each_has_alone(tmp_path: Path, threads: int) -> None:
    runtime = load(read_checkpoint(tiny_encoder(tmp_path / "model")), Execution("onnx", "int8", threads))
    ids = np.random.default_rng(1).integers(5, 40, (30, 24))
    mask = (np.arange(24) < np.random.default_rng(2).integers(1, 25, (30, 1))).astype(np.int64)

    together = runtime.run(ids, mask, np.zeros_like(ids))

    for text, length, states in zip(ids, mask.sum(axis=1), together, strict=True):
        own = text[None, :length]
        np.testing.assert_array_equal(states[:length], runtime.run(own, np.ones_like(own), np.zeros_like(own))[0])
        assert not states[length:].any()


def test_requests_at_once_get_their_own_answers(tmp_path: Path) -> None:
    encoder = make_encoder(str(tiny_encoder(tmp_path / "model")), Execution("onnx", "int8", 2))
    expected = dict(zip(MANY, encoder.encode(MANY), strict=True))
    asked = [MANY[start::7] for start in range(7)] * 4

    with ThreadPoolExecutor(max_workers=8) as requests:
        for texts, found in zip(asked, requests.map(encoder.encode, asked), strict=True):
            np.testing.assert_allclose(found, [expected[text] for text in texts], atol=1e-6)


def test_after_a_text_that_failed_others_are_computed(tmp_path: Path) -> None:
    runtime = load(read_checkpoint(tiny_encoder(tmp_path / "model")), Execution("onnx", "int8", 2))
    ids = np.full((40, 12), 5, dtype=np.int64)
    mask, types = np.ones_like(ids), np.zeros_like(ids)
    expected = runtime.run(ids, mask, types)
    wrong = ids.copy()
    wrong[7] = 10**6  # no such token

    with pytest.raises(Exception, match="indices element out of data bounds"):
        runtime.run(wrong, mask, types)

    np.testing.assert_array_equal(runtime.run(ids, mask, types), expected)
