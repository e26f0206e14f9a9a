"""The best rows of a generation, ties by name: an order that does not depend on how rows are spread over segments."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.types import RowId, Rows

Name = Callable[[RowId], str]
Scored = tuple[RowId, float]


def best_rows(
    positions: Rows, rows: Rows, scores: NDArray[np.floating[Any]], k: int, name: Name | None
) -> list[Scored]:
    """The k best of the rows (n,), each in the segment at its position (n,), best first with their scores (n,). Ties as
    those of `best_places`.
    """
    order = best_places(positions, rows, scores, k, name)
    return scored_rows(positions[order], rows[order], scores[order])


def scored_rows(positions: Rows, rows: Rows, scores: NDArray[np.floating[Any]]) -> list[Scored]:
    """The rows (n,), each in the segment at its position (n,), with their scores (n,), in order."""
    pairs = zip(positions.tolist(), rows.tolist(), strict=True)
    return [(RowId(*pair), score) for pair, score in zip(pairs, scores.tolist(), strict=True)]


def best_places(
    positions: Rows, rows: Rows, scores: NDArray[np.floating[Any]], k: int, name: Name | None
) -> NDArray[np.int64]:
    """Where the k best of the rows stand among them, best first; arguments as those of `best_rows`.

    Ties go by `name`, which is asked for tied rows only; by (position, row) where it is None.
    """
    order = np.lexsort((rows, positions, -scores))
    if len(order) > k:
        last = scores[order[k - 1]] if k > 0 else np.inf
        order = order[scores[order] >= last] if name is not None else order[:k]
    if name is None:
        return order

    def named(place: int) -> str:
        return name(RowId(int(positions[place]), int(rows[place])))

    ordered = scores[order]
    borders = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    for start, end in pairwise((0, *borders.tolist(), len(order))):
        if end - start > 1:
            order[start:end] = sorted(order[start:end].tolist(), key=named)
    return order[:k]
