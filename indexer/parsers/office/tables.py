"""Tables as text: a row a line, its cells parted by bars, as in all documents of Winnow."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder
from indexer.parsers.decoding import clean


def add_table(builder: TextBuilder, rows: Sequence[Sequence[str]]) -> None:
    """Append the rows; those without a word are left out, and so are such columns."""
    used = sorted({column for row in rows for column, cell in enumerate(row) if cell and not cell.isspace()})
    separator = PARAGRAPH
    for row in rows:
        cells = (" ".join(row[column].split()) if column < len(row) else "" for column in used)
        line = clean(" | ".join(cells)).rstrip(" |").lstrip()
        if line:
            builder.add(line, separator)
            separator = LINE
