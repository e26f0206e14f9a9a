"""Cuts the units of one text into chunks of about as many tokens as is wished, none longer than is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.protocols import TokenCounter
from engine.text.tables import Span
from indexer.chunking.packing import pack
from indexer.chunking.tokenmap import TokenMap, counts
from indexer.chunking.units import Unit, joined

_HEADER_SHARE = 4  # the header of a table takes at most a quarter of the target


class Cutter:
    """Cuts one text, whose tokens `tokens` knows and `counter` counts."""

    def __init__(self, text: str, tokens: TokenMap, counter: TokenCounter, target: int, overlap: int) -> None:
        self._text = text
        self._tokens = tokens
        self._counter = counter
        self._target = target
        self._overlap = overlap

    def chunks(self, units: Sequence[Unit], limit: int) -> Iterator[tuple[Span, str]]:
        """Spans that have at most `limit` tokens with the header of the table that they begin inside of, and that
        header ("" where there is none).
        """
        headers = {unit.header: self._shortened(unit.header) for unit in units if unit.header is not None}
        if headers:
            limit = max(
                limit - max(self._tokens.weights(list(headers.values()))) - 1, 1
            )  # 1 for the line break after it
        for chunk in self._cut(units, limit, limit, self._overlap):
            yield (chunk.start, chunk.end), "" if chunk.header is None else self._text[slice(*headers[chunk.header])]

    def _shortened(self, header: Span) -> Span:
        return next(self._tokens.cut(header, self._target // _HEADER_SHARE))

    def _cut(self, units: Sequence[Unit], limit: int, budget: int, overlap: int) -> Iterator[Unit]:
        """Chunks of about `budget` tokens, none above `limit` as the encoder will count it."""
        target = min(self._target, budget)
        overlap = min(overlap, target // 2)  # a header may leave less room than the overlap was chosen for
        units, weights = joined(units, self._weights(units), budget, target // 2)
        if max(weights) > target:
            units = list(self._fitting(units, budget, target))
            weights = self._weights(units)
        repeats = [unit.repeats for unit in units]
        costs = [unit.cost for unit in units]
        ranges = list(pack(weights, target, budget, overlap, costs=costs, repeats=repeats))
        chunks = [units[first]._replace(end=units[last - 1].end) for first, last in ranges]
        too_long = self._too_long([(chunk.start, chunk.end) for chunk in chunks], limit)
        for chunk, (first, last) in zip(chunks, ranges, strict=True):
            if (chunk.start, chunk.end) in too_long and budget > 1:
                yield from self._cut(units[first:last], limit, max(1, budget // 2), 0)
            else:
                yield chunk

    def _fitting(self, units: Sequence[Unit], budget: int, target: int) -> Iterator[Unit]:
        """The units; of one that has more than `target` tokens, or is whole and has more than `budget`, pieces of at
        most `target`.
        """
        spans = [(unit.start, unit.end) for unit in units]
        for unit, span, weight in zip(units, spans, self._tokens.weights(spans), strict=True):
            if weight <= (budget if unit.whole else target):
                yield unit
            else:
                yield from (unit._replace(start=start, end=end) for start, end in self._tokens.cut(span, target))

    def _weights(self, units: Sequence[Unit]) -> list[int]:
        """Weights of the units, with the white space up to the next, so that a chunk does not span a megabyte of it."""
        ends = [*(unit.start for unit in units[1:]), *(unit.end for unit in units[-1:])]
        return self._tokens.weights([(unit.start, end) for unit, end in zip(units, ends, strict=True)])

    def _too_long(self, spans: Sequence[Span], limit: int) -> set[Span]:
        """Spans that have more than `limit` tokens by themselves, of which they may have fewer as parts of the text."""
        weights = self._tokens.weights(spans)
        doubtful = [
            span for span, weight in zip(spans, weights, strict=True) if not self._tokens.fits(span, weight, limit)
        ]
        found = counts(self._counter, [self._text[start:end] for start, end in doubtful])
        return {span for span, count in zip(doubtful, found, strict=True) if count > limit}
