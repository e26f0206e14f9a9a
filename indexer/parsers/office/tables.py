"""Tables as text: a row a line, its cells parted by bars, as in all documents of Winnow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder
from indexer.parsers.decoding import clean


def add_table(builder: TextBuilder, rows: Sequence[Sequence[str]]) -> None:
    """Append the rows; those without a word are left out, and so are such columns."""
    separator = PARAGRAPH
    for _, line in _lines([(0, row) for row in rows]):
        builder.add(line, separator)
        separator = LINE


def add_sheet(builder: TextBuilder, name: str, rows: Iterable[tuple[int, Sequence[str]]], *, headed: bool) -> None:
    """Append the rows of a sheet, each with its number there; its name is a heading if it is `headed`."""
    builder.locate("sheet", name)
    separator = PARAGRAPH
    for number, line in _lines(list(rows)):
        builder.locate("line", str(number))
        if headed:
            builder.heading(1, name)
            headed = False
            builder.locate("line", str(number))
        builder.add(line, separator)
        separator = LINE


def _lines(rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, str]]:
    used = sorted({column for _, row in rows for column, cell in enumerate(row) if cell and not cell.isspace()})
    for number, row in rows:
        cells = (" ".join(row[column].split()) if column < len(row) else "" for column in used)
        line = clean(" | ".join(cells)).rstrip(" |").lstrip()
        if line:
            yield number, line
