"""The best rows of a generation, ties by name: an order that does not depend on how rows are spread over segments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.types import RowId, Rows

Name = Callable[[RowId], str]
Scored = tuple[RowId, float]


def best_rows(
    positions: Rows, rows: Rows, scores: NDArray[np.floating[Any]], k: int, name: Name | None
) -> list[Scored]:
    """The k best of the rows (n,), each in the segment at its position (n,), best first with their scores (n,).

    Ties go by `name`, which is asked for tied rows only; by (position, row) where it is None.
    """
    order = np.lexsort((rows, positions, -scores))
    if len(order) > k:
        last = scores[order[k - 1]] if k > 0 else np.inf
        order = order[scores[order] >= last] if name is not None else order[:k]
    ids = [RowId(p, r) for p, r in zip(positions[order].tolist(), rows[order].tolist(), strict=True)]
    found: list[Scored] = list(zip(ids, scores[order].tolist(), strict=True))
    if name is None:
        return found
    by_name: list[Scored] = []
    for _, run in groupby(found, key=lambda pair: pair[1]):
        tied = list(run)
        by_name += sorted(tied, key=lambda pair: name(pair[0])) if len(tied) > 1 else tied
    return by_name[:k]
