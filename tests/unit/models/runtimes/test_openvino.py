"""Texts that OpenVINO computes in several streams: each once, none otherwise than alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.loading import make_encoder
from engine.models.runtimes.execution import Execution
from tests.support.checkpoints import TEXTS, tiny_encoder

openvino = pytest.importorskip("engine.models.runtimes.openvino")

HOW = Execution("openvino", "float32", 2)
FAMILIES = ("bert", "roberta", "mpnet")


@given(st.lists(st.integers(1, 300), min_size=2, max_size=60), st.integers(2, 8), st.integers(64, 2048))
def test_every_text_is_in_one_part_that_holds_no_more_than_it_may(lengths: list[int], streams: int, most: int) -> None:
    mask = (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)

    parts = list(openvino._parts(mask, streams, most))

    assert [row for rows, _ in parts for row in range(rows.start, rows.stop)] == list(range(len(lengths)))
    assert len(parts) >= min(streams, len(lengths) // -(-len(lengths) // streams))
    for rows, width in parts:
        assert width == max(lengths[rows])
        assert rows.stop - rows.start == 1 or (rows.stop - rows.start) * openvino._padded(width) <= most


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "longest", [64, 20]
)  # 20: more positions than these were not learnt, and 32 would be whole tiles
def test_texts_together_have_the_vectors_that_each_has_alone(tmp_path: Path, family: str, longest: int) -> None:
    encoder = make_encoder(str(tiny_encoder(tmp_path / "model", family=family, max_length=longest)), HOW)
    texts = [*TEXTS, " ".join(TEXTS)] * 9

    together = encoder.encode(texts)

    np.testing.assert_allclose(together, np.concatenate([encoder.encode([text]) for text in texts]), atol=1e-5)


def test_after_a_text_that_failed_others_are_computed(tmp_path: Path) -> None:
    runtime = openvino.load(read_checkpoint(tiny_encoder(tmp_path / "model")), HOW)
    ids = np.full((40, 30), 5, dtype=np.int64)
    mask, types = np.ones_like(ids), np.zeros_like(ids)
    expected = runtime.run(ids, mask, types)
    wrong = np.zeros((1, 2, 3), dtype=np.int64)
    good = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}

    with pytest.raises(RuntimeError):
        runtime._with(2).run([good, dict.fromkeys(good, wrong), good])

    np.testing.assert_array_equal(runtime.run(ids, mask, types), expected)
