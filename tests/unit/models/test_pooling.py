"""Each mode against the obvious loop over the tokens that are there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import UnsupportedModel
from engine.models.encoders.pooling import MODES, Pooling, read_pooling

Rows = np.ndarray

_LOOPS: dict[str, Callable[[Rows], Rows]] = {
    "cls": lambda rows: rows[0],
    "max": lambda rows: rows.max(axis=0),
    "mean": lambda rows: rows.mean(axis=0),
    "mean_sqrt_len_tokens": lambda rows: rows.sum(axis=0) / np.sqrt(len(rows)),
    "weightedmean": lambda rows: np.average(rows, axis=0, weights=np.arange(1, len(rows) + 1)),
    "lasttoken": lambda rows: rows[-1],
}
_LENGTHS = [1, 5, 7, 3]


def _batch() -> tuple[Rows, Rows]:
    hidden = np.random.default_rng(0).normal(size=(len(_LENGTHS), 7, 4)).astype(np.float32)
    mask = (np.arange(7) < np.array(_LENGTHS)[:, None]).astype(np.int64)
    return hidden, mask


@pytest.mark.parametrize("mode", MODES)
def test_padding_is_ignored(mode: str) -> None:
    hidden, mask = _batch()
    pooled = Pooling((mode,))(hidden, mask, 0)
    expected = [_LOOPS[mode](rows[:length]) for rows, length in zip(hidden, _LENGTHS, strict=True)]
    np.testing.assert_allclose(pooled, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("mode", ["cls", "max", "mean", "mean_sqrt_len_tokens", "lasttoken"])
def test_prompt_is_left_out(mode: str) -> None:
    hidden, mask = _batch()
    mask[0] = 1  # every text is longer than the prompt
    pooled = Pooling((mode,), include_prompt=False)(hidden, mask, 2)
    lengths = mask.sum(axis=1)
    expected = [_LOOPS[mode](rows[2:length]) for rows, length in zip(hidden, lengths, strict=True)]
    np.testing.assert_allclose(pooled, expected, rtol=0, atol=1e-6)


def test_prompt_is_kept_by_default() -> None:
    hidden, mask = _batch()
    np.testing.assert_array_equal(Pooling()(hidden, mask, 2), Pooling()(hidden, mask, 0))


def test_modes_are_concatenated_in_order() -> None:
    hidden, mask = _batch()
    both = Pooling(("max", "cls"))(hidden, mask, 0)
    np.testing.assert_array_equal(
        both, np.hstack([Pooling(("max",))(hidden, mask, 0), Pooling(("cls",))(hidden, mask, 0)])
    )


def test_configurations() -> None:
    assert read_pooling({"pooling_mode": "cls"}) == Pooling(("cls",))
    assert read_pooling({"pooling_mode": ["lasttoken", "mean"]}) == Pooling(("lasttoken", "mean"))
    flags = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True, "pooling_mode_max_tokens": False}
    assert read_pooling(flags) == Pooling(("cls", "mean"))
    assert read_pooling({"pooling_mode_cls_token": False}) == Pooling(("mean",))
    assert read_pooling({"include_prompt": False}) == Pooling(("mean",), include_prompt=False)
    with pytest.raises(UnsupportedModel, match="attention"):
        read_pooling({"pooling_mode": "attention"})
