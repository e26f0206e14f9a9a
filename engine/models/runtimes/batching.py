"""Which texts run together: sorted by length, so that little is spent on padding, under a budget of tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.types import Float32

if TYPE_CHECKING:
    from tokenizers import Encoding

    from engine.models.runtimes.runtime import Ids


def run_batches(
    encodings: Sequence[Encoding],
    compute: Callable[[Ids, Ids, Ids], Float32],
    *,
    width: int,
    pad_id: int,
    token_budget: int,
) -> Float32:
    """One row of `compute(input_ids, attention_mask, token_type_ids)` for each encoding, in order: shape (n, width)."""
    rows = np.empty((len(encodings), width), dtype=np.float32)
    for batch in batches([len(encoding) for encoding in encodings], token_budget):
        chosen = [encodings[position] for position in batch]
        ids = pad([encoding.ids for encoding in chosen], pad_id)
        mask = pad([encoding.attention_mask for encoding in chosen], 0)
        types = pad([encoding.type_ids for encoding in chosen], 0)
        rows[batch] = compute(ids, mask, types)
    return rows


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
