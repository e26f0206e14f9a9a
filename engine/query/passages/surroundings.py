"""Surroundings: the passages of its document before and after a hit, for readers who need more than the passage."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Span = tuple[int, int]


def surroundings(passages: Sequence[Span], own: Span, tokens: Callable[[int, int], int], budget: int) -> Span:
    """The span of whole passages around `own` that fits into `budget` tokens beside it.

    `passages` are the spans of the document's passages in order, `tokens(start, end)` counts a part of its text.
    What follows comes first, then what precedes, in turns; a side ends with the first passage that does not fit.
    """
    start, end = own
    after = [span for span in passages if span[1] > end]
    before = [span for span in reversed(passages) if span[0] < start]
    sides = [after, before]
    while budget > 0 and any(sides):
        for side in sides:
            if not side:
                continue
            low, high = side.pop(0)
            wider = min(low, start), max(high, end)
            cost = tokens(wider[0], start) + tokens(end, wider[1])
            if cost > budget:
                side.clear()
                continue
            budget -= cost
            start, end = wider
    return start, end
