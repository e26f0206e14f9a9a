"""Work that ends when nobody waits for it, in parts of like lengths."""

from __future__ import annotations

import time

import numpy as np
import pytest

from api.service.work import AT_ONCE, Work
from engine.errors import Overloaded


def lengths(part: list[str]) -> np.ndarray:
    return np.array([[len(text), len(part)] for text in part], np.float32).reshape(len(part), 2)


def test_rows_come_in_the_order_of_the_items() -> None:
    texts = ["x" * (number * 7 % 101) for number in range(3 * AT_ONCE + 5)]
    rows = Work().in_parts(texts, len, lengths)
    assert rows[:, 0].tolist() == [len(text) for text in texts] and rows[:, 1].max() == AT_ONCE
    assert Work().in_parts([], len, lengths).shape == (0, 2)


def test_it_ends_between_two_parts() -> None:
    work, parts = Work(), 0

    def compute(part: list[str]) -> np.ndarray:
        nonlocal parts
        parts += 1
        if parts == 2:
            work.stop()
        return lengths(part)

    with pytest.raises(Overloaded, match="Nobody waits"):
        work.in_parts(["x"] * AT_ONCE * 10, len, compute)
    assert parts == 2


def test_it_ends_when_the_time_is_over() -> None:
    with pytest.raises(Overloaded, match="time"):
        Work(time.monotonic()).in_parts(["x"], len, lengths)
    assert len(Work(time.monotonic() + 60).in_parts(["x"], len, lengths)) == 1
