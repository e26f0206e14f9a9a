"""Rows of tables as units, and which header they stand under."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.text.tables import Span, is_delimiter, is_header, trimmed
from indexer.chunking.units import ANEW, NEVER, WITHIN, Unit

_LOOKED_AT = 3  # rows that tell whether the first of them is a header


@dataclass(frozen=True, slots=True)
class Table:
    """A table as far as it was read: its header, and where its last line ends."""

    header: Span | None
    end: int

    def goes_on(self, line: Span) -> bool:
        """Whether a line belongs to the table: it follows at once, be it a row or a further line of a cell."""
        return self.end + 1 == line[0]


def table_of(text: str, lines: Sequence[Span], before: Table | None) -> Table:
    """The table that rows belong to: the one that was read `before`, or one that begins with them."""
    if before is not None and before.goes_on(lines[0]):
        return Table(before.header, lines[-1][1])
    rows = [text[slice(*line)] for line in lines[:_LOOKED_AT]]
    return Table(trimmed(text, lines[0]) if is_header(rows) else None, lines[-1][1])


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
            yield Unit(*span, WITHIN if named else ANEW, repeats=False, header=table.header, whole=True)
            named = False
