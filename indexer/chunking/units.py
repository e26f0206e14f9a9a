"""Units that chunks are made of, which are joined where they had better stay together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from indexer.chunking.tokenmap import Span

APART = 0  # levels: a chunk begins here rather than elsewhere,
START = 1  # something begins here: a sentence, an item, a row, an entry, a definition,
WITHIN = 2  # something goes on; the higher the level, the deeper inside,
NEVER = 99  # and no chunk begins here if it can be helped; one below, it is a comment's paragraph
_PREFERRED = -0.2  # shares of a chunk's target by which it may be shorter or longer for the sake of where it ends
_PER_LEVEL = 0.05


class Unit(NamedTuple):
    """A span of the text, trimmed; `level` says how much speaks against beginning a chunk with it.

    `repeats`: it may end one chunk and begin the next as well, as a sentence does and a row does not. `header` is the
    span of the header of the table that it is a row of, unless it is the header itself. A `whole` one is cut only if
    no chunk can hold it, others if they weigh more than a chunk should.
    """

    start: int
    end: int
    level: int = START
    repeats: bool = True
    header: Span | None = None
    whole: bool = False

    @property
    def cost(self) -> float:
        """The cost to begin a chunk here, as a share of a chunk's target."""
        return _PREFERRED if self.level == APART else _PER_LEVEL * (self.level - START)


def joined(units: Sequence[Unit], weights: Sequence[int], limit: int, part: int) -> tuple[list[Unit], list[int]]:
    """Units and their weights with those together that make up one thing, where that weighs at most `limit`.

    Else what introduces it is taken off, unless nothing stands before with which that could make a chunk. What is too
    heavy all the same is divided at the lowest level inside of it, and so on, into what weighs `part` at most, so that
    chunks can be made of it that are neither too long nor too short.
    """
    levels = [unit.level for unit in units]
    if max(levels, default=START) <= START:
        return list(units), list(weights)
    total = [0, *accumulate(weights)]
    ranges: list[tuple[int, int]] = []
    for first, last in _groups(levels, (0, len(units)), START):
        fits = total[last] - total[first] <= limit
        for low, high in [(first, last)] if fits or first == 0 else _groups(levels, (first, last), WITHIN):
            whole = total[high] - total[low] <= limit
            ranges += [(low, high)] if whole else _divided(levels, total, (low, high), part)
    return [_one(units[first:last]) for first, last in ranges], [total[last] - total[first] for first, last in ranges]


def _divided(
    levels: Sequence[int], total: Sequence[int], units: tuple[int, int], part: int
) -> Iterator[tuple[int, int]]:
    """Ranges [first, last) of `units`, each of one unit or of at most `part` in weight; twice that where no chunk
    should begin inside of it.
    """
    first, last = units
    level = min(levels[first + 1 : last], default=NEVER)
    if last - first == 1 or total[last] - total[first] <= (part if level < NEVER - 1 else 2 * part):
        yield units
    else:
        for group in _groups(levels, units, level):
            yield from _divided(levels, total, group, part)


def _groups(levels: Sequence[int], units: tuple[int, int], level: int) -> Iterator[tuple[int, int]]:
    """Ranges of `units`, each of which but the first begins with one of at most this level."""
    first, last = units
    return pairwise([first, *(place for place in range(first + 1, last) if levels[place] <= level), last])


def _one(units: Sequence[Unit]) -> Unit:
    if len(units) == 1:
        return units[0]
    return units[0]._replace(end=units[-1].end, repeats=all(unit.repeats for unit in units), whole=True)
