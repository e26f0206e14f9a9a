"""Work in parts of like lengths, which ends between two of them when nobody waits for it."""

from __future__ import annotations

import numpy as np
import pytest

from api.service.work import AT_ONCE, in_parts
from engine.awaited import Client
from engine.errors import Abandoned


def lengths(part: list[str]) -> np.ndarray:
    return np.array([[len(text), len(part)] for text in part], np.float32).reshape(len(part), 2)


def test_rows_come_in_the_order_of_the_items() -> None:
    texts = ["x" * (number * 7 % 101) for number in range(3 * AT_ONCE + 5)]
    rows = in_parts(texts, len, lengths)
    assert rows[:, 0].tolist() == [len(text) for text in texts] and rows[:, 1].max() == AT_ONCE
    assert in_parts([], len, lengths).shape == (0, 2)


def test_it_ends_between_two_parts() -> None:
    parts = 0

    def compute(part: list[str]) -> np.ndarray:
        nonlocal parts
        parts += 1
        if parts == 2:
            client.leave()
        return lengths(part)

    with Client() as client, pytest.raises(Abandoned):
        in_parts(["x"] * AT_ONCE * 10, len, compute)
    assert parts == 2
