"""Which texts run together: sorted by length, so that little is spent on padding, under a budget of tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.awaited import check_awaited
from engine.errors import ModelUnavailable
from engine.models.runtimes.memory import ran_out
from engine.types import Float32

if TYPE_CHECKING:
    from tokenizers import Encoding

    from engine.models.runtimes.runtime import Ids

log = logging.getLogger(__name__)


class TokenBudget:
    """How many tokens, padding included, one batch may hold: half as many whenever memory has run out. A text that is
    longer runs alone.
    """

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens

    def fitting(self, longest: int) -> int:
        """How many texts of this length fit."""
        return max(self.tokens // max(longest, 1), 1)

    def lower(self, tried: int) -> None:
        """Memory did not suffice for so many tokens."""
        self.tokens = min(self.tokens, max(tried // 2, 1))
        log.warning(
            "memory ran out with %d tokens in a batch of a model: from now on a batch has %d", tried, self.tokens
        )


def run_batches(
    encodings: Sequence[Encoding],
    compute: Callable[[Ids, Ids, Ids], Float32],
    *,
    width: int,
    pad_id: int,
    budget: TokenBudget,
) -> Float32:
    """One row of `compute(input_ids, attention_mask, token_type_ids)` for each encoding, in order: shape (n, width)."""
    rows = np.empty((len(encodings), width), dtype=np.float32)

    def run(batch: NDArray[np.int64]) -> None:
        chosen = [encodings[position] for position in batch]
        ids = pad([encoding.ids for encoding in chosen], pad_id)
        mask = pad([encoding.attention_mask for encoding in chosen], 0)
        types = pad([encoding.type_ids for encoding in chosen], 0)
        rows[batch] = compute(ids, mask, types)

    in_batches([len(encoding) for encoding in encodings], budget, run)
    return rows


def in_batches(lengths: Sequence[int], budget: TokenBudget, run: Callable[[NDArray[np.int64]], None]) -> None:
    """Call `run` with the positions of the texts of each batch, longest first; every position is run once.

    A batch's size times its longest length stays within the budget. A batch for which memory does not suffice is run
    again in halves, and all later ones have that size.

    Raises:
        ModelUnavailable: memory does not suffice for one text.
        Abandoned: nobody waits for the rest any more.
    """
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    start = 0
    while start < len(order):
        check_awaited()
        longest = lengths[order[start]]
        batch = order[start : start + budget.fitting(longest)]
        try:
            run(batch)
            start += len(batch)
        except Exception as error:
            if not ran_out(error):
                raise
            if len(batch) == 1:
                raise ModelUnavailable(
                    f"Memory does not suffice for a text of {longest} tokens: {str(error)[:200]}.",
                    "End other programs, or choose a smaller model or one that reads less of a text.",
                ) from error
            budget.lower(len(batch) * longest)


def pad(rows: Sequence[Sequence[int]], value: int) -> NDArray[np.int64]:
    """The rows as one matrix, filled up on the right."""
    width = max(map(len, rows))
    matrix = np.full((len(rows), width), value, dtype=np.int64)
    for row, ids in zip(matrix, rows, strict=True):
        row[: len(ids)] = ids
    return matrix
