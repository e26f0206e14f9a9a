"""Tables of reStructuredText, drawn as grids or between lines of equals signs, to rows of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexer.parsers.lined import Line

Row = tuple[int, list[str]]  # the number of its first line, its cells

GRID = re.compile(r"\s*\+(?:[-=]+\+)+\s*$")
SIMPLE = re.compile(r"\s*=+(?:[ \t]+=+)+\s*$")
_SPAN = re.compile(r"\s*-+(?:[ \t]+-+)*\s*$")  # below a header that spans columns


def grid_rows(lines: Sequence[Line]) -> Iterator[Row]:
    """Rows between lines of dashes; a cell of several lines is one again."""
    first, cells = 0, list[list[str]]()
    for number, text in lines:
        text = text.strip()
        if text.startswith("+"):
            if cells:
                yield first, [" ".join(parts) for parts in cells]
            cells = []
            continue
        parts = [part.strip() for part in text.strip("|").split("|")]
        if len(parts) != len(cells):
            if cells:
                yield first, [" ".join(parts) for parts in cells]
            first, cells = number, [[] for _ in parts]
        for cell, part in zip(cells, parts, strict=True):
            cell.append(part)
    if cells:
        yield first, [" ".join(parts) for parts in cells]


def simple_rows(lines: Sequence[Line]) -> Iterator[Row]:
    """Rows of a table whose columns are those of its lines of equals signs; a line without a first cell goes on with
    the row above.
    """
    columns = [found.span() for found in re.finditer(r"=+", lines[0][1])]
    first, cells = 0, list[str]()
    for number, text in lines:
        if SIMPLE.match(text) or _SPAN.match(text) or not text.strip():
            if cells:
                yield first, cells
            cells = []
            continue
        ends = [start for start, _ in columns[1:]] + [len(text)]
        parts = [text[start:end].strip() for (start, _), end in zip(columns, ends, strict=True)]
        if cells and not parts[0]:
            cells = [f"{one} {other}".strip() for one, other in zip(cells, parts, strict=True)]
            continue
        if cells:
            yield first, cells
        first, cells = number, parts
    if cells:
        yield first, cells
