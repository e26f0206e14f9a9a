"""Tables of AsciiDoc to rows of cells: a bar before each cell, or comma-separated values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexer.parsers.data.delimited import Row, rows_of
from indexer.parsers.lined import Line

_CELL = re.compile(r"(?:^|(?<=\s))(?:(\d{1,3})?(?:\.\d{1,3})?([+*]))?[<^>]?(?:\.[<^>])?[aehlmdsv]?(?<!\\)([|!])")
_BAR = re.compile(r"(?<!\\)[|!]")
_COLUMNS = re.compile(r"cols\s*=\s*(?:\"([^\"]*)\"|([^,\]]*))")
_REPEATED = re.compile(r"(\d{1,3})\*")
_MOST_COLUMNS = 1000
_SEPARATORS = {",": ",", ":": ":"}


def table_rows(lines: Sequence[Line], style: str, sign: str) -> Iterator[Row]:
    """The rows of what stands between the lines `|===`; `style` is what stands above, such as `cols="1,2"`."""
    separator = "," if "csv" in style else "\t" if "tsv" in style else _SEPARATORS.get(sign)
    if separator is not None:
        rows = rows_of([text for _, text in lines], separator)
        return ((lines[number - 1][0], cells) for number, cells in rows if any(cells))
    return _barred(lines, style, sign)


def _barred(lines: Sequence[Line], style: str, sign: str) -> Iterator[Row]:
    cells: list[tuple[int, list[str], int]] = []  # the line, the parts, how many columns it takes
    width = _width(style)
    first_line: int | None = None
    for number, text in lines:
        begins = [cell for cell in _CELL.finditer(text) if cell[3] == sign] or [
            cell for cell in _CELL.finditer(text) if cell[3] == "|"
        ]
        lead = text[: begins[0].start()] if begins else text
        if cells and lead.strip():
            cells[-1][1].append(lead)
        ends = [*(cell.start() for cell in begins[1:]), *([len(text)] if begins else [])]
        for cell, end in zip(begins, ends, strict=True):
            content = _BAR.split(text[cell.end() : end])  # bars that no space precedes end a cell as well
            times = int(cell[1] or 1) if cell[2] == "*" else 1
            for part in content * min(times, _MOST_COLUMNS):
                cells.append((number, [part], int(cell[1] or 1) if cell[2] == "+" else 1))
        if begins and first_line is None:
            first_line = number
            width = width or sum(span for _, _, span in cells)
    yield from _rows(cells, max(1, min(width, _MOST_COLUMNS)))


def _rows(cells: Sequence[tuple[int, list[str], int]], width: int) -> Iterator[Row]:
    row: list[str] = []
    first = 0
    for number, parts, span in cells:
        first = first if row else number
        row += [" ".join(parts).replace("\\|", "|").strip(), *[""] * (min(span, width) - 1)]
        if len(row) >= width:
            yield first, row
            row = []
    if row:
        yield first, row


def _width(style: str) -> int:
    """The number of columns that the style tells; 0 if it tells none."""
    found = _COLUMNS.search(style)
    if found is None:
        return 0
    columns = (found[1] or found[2] or "").strip()
    repeated = [int(times) for times in _REPEATED.findall(columns)]
    return sum(repeated) + sum(not _REPEATED.search(part) for part in re.split(r"[,;]", columns)) if columns else 0
