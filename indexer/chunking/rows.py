"""Rows of tables as units, and which header they stand under."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.text.tables import Span, cells, goes_on, is_delimiter, is_header, trimmed
from indexer.chunking.units import NEVER, START, WITHIN, Unit


@dataclass(slots=True)
class Table:
    """A table as far as it was read: its header, how many cells a row has, and where its last line ends."""

    header: Span | None
    width: int
    end: int


def table_of(text: str, lines: Sequence[Span], before: Table | None) -> Table:
    """The table that rows belong to: the one that was read `before`, or one that begins with them."""
    rows = [text[slice(*line)] for line in lines]
    start, end = lines[0][0], lines[-1][1]
    if before is not None and goes_on(before.width, text.count("\n", before.end, start) - 1, rows[0]):
        before.end = end
        return before
    return Table(trimmed(text, lines[0]) if is_header(rows) else None, len(cells(rows[0])), end)


def rows_of(text: str, lines: Sequence[Span], table: Table) -> Iterator[Unit]:
    """Rows; what Markdown puts below a header goes on with it, and so does the first row."""
    named = False
    for line in lines:
        span = trimmed(text, line)
        if span == table.header:
            yield Unit(*span, repeats=False, whole=True)
            named = True
        elif is_delimiter(text[slice(*span)]):
            yield Unit(*span, NEVER, repeats=False, header=table.header, whole=True)
        else:
            yield Unit(*span, WITHIN if named else START, repeats=False, header=table.header, whole=True)
            named = False
