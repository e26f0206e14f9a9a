"""Which leg decided a query's fused order, and why: what `--explain` says of the fusion."""

from __future__ import annotations

from collections.abc import Sequence

from engine.fusion.evidence import SCALE
from engine.fusion.ranking import Scored
from engine.types import Balance

FIRST = 10  # hits of a leg over which its scores' fall is taken


def balance(lexical: Sequence[Scored], dense: Sequence[Scored], fusion: str, dense_weight: float) -> Balance:
    """The legs' shares in the order. A fusion of normalised lists has a constant one: its weight.

    Under `evidence` the leg whose scores fall more over its first ten hits tells more of them apart, and decides more.
    """
    if fusion != "evidence" or not lexical or not dense:
        return Balance(fusion, dense_weight, "the recipe's weight")
    words, meaning = _fall(lexical, 0.0), _fall(dense, dense[-1][1])
    parts = (1.0 - dense_weight) * words, dense_weight * SCALE * meaning
    share = parts[1] / sum(parts) if sum(parts) > 0.0 else dense_weight
    reason = f"over the first {FIRST}, BM25 falls by {words:.2f} and the cosine by {meaning:.3f}"
    return Balance(fusion, share, reason)


def _fall(scored: Sequence[Scored], absent: float) -> float:
    """Best score less the tenth one; `absent` where there is none."""
    return scored[0][1] - (scored[FIRST - 1][1] if len(scored) >= FIRST else absent)
