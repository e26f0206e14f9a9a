"""Which texts run together: sorted by length, so that little is spent on padding, under a budget of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


def batches(lengths: Sequence[int], token_budget: int) -> Iterator[NDArray[np.int64]]:
    """Positions of the texts of each batch, longest first; every position comes once.

    A batch's size times its longest length stays within the budget; a text longer than the budget runs alone.
    """
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    start = 0
    while start < len(order):
        longest = max(lengths[order[start]], 1)
        size = max(token_budget // longest, 1)
        yield order[start : start + size]
        start += size


def pad(rows: Sequence[Sequence[int]], value: int) -> NDArray[np.int64]:
    """The rows as one matrix, filled up on the right."""
    width = max(map(len, rows))
    matrix = np.full((len(rows), width), value, dtype=np.int64)
    for row, ids in zip(matrix, rows, strict=True):
        row[: len(ids)] = ids
    return matrix
