"""Rows of tables: what is one, its cells, and which row is the header of the others."""

from __future__ import annotations

import re
from collections.abc import Sequence

Span = tuple[int, int]

LONGEST_LINE = 1000  # code points of a line that are looked at to tell what it is
_ROW = re.compile(r"\S \| |\S \|$|^\s*\|.*\|\s*$")
_DELIMITER = re.compile(r"[\s|:+=-]*")  # of a Markdown table, below its header
_SEPARATORS = ("|", "\t", ";", ",")
_MIN_SEPARATED = 3  # lines with equally many cells that are a table, though nothing but tabs or commas tells so
_HEADER_AWAY = 100  # lines above a row among which its header is looked for
_GAP = 6  # of them, at most, that are no rows: a cell may hold paragraphs
_LONGEST_NAME = 60  # code points of a column's name,
_LONGEST_QUESTION = 400  # or of a question that its numbers answer
_NUMBER = re.compile(r"[^\w]*\d[\d.,:/\s%-]*")


def is_row(line: str) -> bool:
    """Whether a line is a row by its bars, and no code that is indented."""
    return "|" in line and (line[:1] not in " \t" or line.lstrip().startswith("|")) and _ROW.search(line) is not None


def is_delimiter(line: str) -> bool:
    """Whether a line is what Markdown puts below a header, or blank."""
    return _DELIMITER.fullmatch(line) is not None


def are_separated(lines: Sequence[str]) -> bool:
    """Whether lines are rows whose cells are separated by tabs, or by commas or semicolons that no space follows."""
    if len(lines) < _MIN_SEPARATED:
        return False
    for separator in _SEPARATORS[1:]:
        if separator in lines[0] and separator in lines[-1]:
            counts = [line.strip().count(separator) - line.count(f"{separator} ") for line in lines]
            if counts[0] > 0 and counts.count(counts[0]) == len(counts):
                return True
    return False


def cells(row: str) -> list[str]:
    """The cells of a row, trimmed."""
    row = row.strip()
    separator = next((sign for sign in _SEPARATORS if sign in row), "|")
    return [cell.strip() for cell in row.strip("|" if separator == "|" else "").split(separator)]


def is_header(rows: Sequence[str]) -> bool:
    """Whether the first of a table's rows names the columns of the others: a delimiter stands below it, or all of its
    cells are names. Where numbers stand below, they may be long.
    """
    below = next((row for row in rows[1:] if row.strip()), None)
    if below is None:
        return False
    names = cells(rows[0])
    longest = _LONGEST_QUESTION if any(map(_NUMBER.fullmatch, cells(below))) else _LONGEST_NAME
    return is_delimiter(below) or (
        len(names) > 1 and any(names) and all(len(name) <= longest and not _NUMBER.fullmatch(name) for name in names)
    )


def goes_on(width: int, gap: int, row: str) -> bool:
    """Whether a row belongs to a table of `width` cells a row, of which the last one stands `gap` lines above it."""
    return gap <= _GAP and len(cells(row)) == width


def header_of(text: str, row: int, within: int) -> Span | None:
    """The header of the table that holds the row at `row`, looked for above it; None if it is not told from the rows,
    or is the row itself. `within` is how far back to look at most.
    """
    line = text.rfind("\n", 0, row) + 1
    width, header, gap = len(cells(text[line : _line_end(text, line)])), None, 0
    for _ in range(_HEADER_AWAY):
        stop = line - 1
        if stop <= within or gap > _GAP:
            break
        line = text.rfind("\n", max(within, stop - LONGEST_LINE * 8), stop) + 1
        if line <= 0 and stop > LONGEST_LINE * 8:
            break
        content = text[line:stop]
        if is_row(content) and goes_on(width, 0, content):
            gap = 0
            if not is_delimiter(content):
                header = (line, stop)
        else:
            gap += 1
    return header


def trimmed(text: str, span: Span) -> Span:
    """The span without the white space at its ends."""
    start, end = span
    content = text[start:end]
    first = end - len(content.lstrip())
    return first, max(first, start + len(content.rstrip()))


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
