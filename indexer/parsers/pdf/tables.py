"""Tables: lines whose cells stand below each other. They stay row by row; a cell of several lines becomes one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from indexer.parsers.pdf.lines import Cell, Line
from indexer.parsers.pdf.rows import letters

BORDER = " | "
_APART = 3.0  # of the size: cells of a lone line that stand so far apart have nothing to do with each other
_WRAPPED = 0.6  # of the size: the most white between two lines of a cell
_LOOSE = 2.5  # of the size: more white than that ends a table

Bounds = tuple[float, float]


def split_tables(lines: Sequence[Line]) -> Iterator[tuple[list[Line], list[str]]]:
    """Runs of lines in order: those of text with no rows, and those of a table with the text of its rows."""
    text: list[Line] = []
    start = 0
    while start < len(lines):
        line = lines[start]
        end, columns = _table(lines, start) if len(line.cells) > 1 else (start, [])
        if end > start:
            if text:
                yield text, []
                text = []
            yield list(lines[start:end]), _rows(lines[start:end], columns)
            start = end
        else:
            text.append(_whole(line) if len(line.cells) > 1 else line)
            start += 1
    if text:
        yield text, []


def _whole(line: Line) -> Line:
    """A line of several cells that is no row of a table."""
    if max(after.x0 - before.x1 for before, after in pairwise(line.cells)) > _APART * line.size:
        line.text = BORDER.join(cell.text for cell in line.cells)
    return line


def _table(lines: Sequence[Line], start: int) -> tuple[int, list[Bounds]]:
    """Where the table that begins with the line at `start` ends, and its columns; `start` if none begins there."""
    columns: list[Bounds] = []
    many = 0
    end = last = start
    while end < len(lines):
        line = lines[end]
        if end > start and line.y0 - lines[end - 1].y1 > _LOOSE * line.size:
            break
        if len(line.cells) > 1:
            if columns and not _fits(line, columns):
                break
            columns = _widened(columns, line)
            many += 1
            last = end
        elif not _inside(line.cells[0], columns) or end - last > 2:
            break
        end += 1
    return (last + 1 + _trailing(lines, last + 1, end), columns) if many > 1 else (start, [])


def _trailing(lines: Sequence[Line], start: int, end: int) -> int:
    """How many lines after the last row of cells belong to it: what wraps stands close."""
    count = 0
    while start + count < end and lines[start + count].y0 - lines[start + count - 1].y1 < _WRAPPED * lines[start].size:
        count += 1
    return count


def _fits(line: Line, columns: list[Bounds]) -> bool:
    """Whether most of its cells stand below one column each."""
    counts = [len(_below(cell, columns)) for cell in line.cells]
    single = sum(count <= 1 for count in counts)
    touched = sum(count > 0 for count in counts)
    return single >= 0.5 * len(counts) and touched >= 0.5 * min(len(counts), len(columns))


def _inside(cell: Cell, columns: list[Bounds]) -> bool:
    return len(_below(cell, columns)) == 1


def _below(cell: Cell, columns: list[Bounds]) -> list[int]:
    """The columns that the cell stands below, which are in order from left to right."""
    x0, x1 = cell.x0, cell.x1
    return [i for i, (left, right) in enumerate(columns) if left < x1 and right > x0]


def _widened(columns: list[Bounds], line: Line) -> list[Bounds]:
    """The columns with the line's cells: a cell of one column widens it, one of none begins a new one."""
    columns = list(columns)
    for cell in line.cells:
        touched = _below(cell, columns)
        if not touched:
            columns.append((cell.x0, cell.x1))
        elif len(touched) == 1:
            left, right = columns[touched[0]]
            columns[touched[0]] = (min(left, cell.x0), max(right, cell.x1))
    return sorted(columns)


def _rows(lines: Sequence[Line], columns: list[Bounds]) -> list[str]:
    rows: list[list[str]] = []
    before: Line | None = None
    for line in lines:
        placed = _placed(line, columns)
        if placed is None:
            rows.append([cell.text for cell in line.cells])
        elif rows and before is not None and _goes_on(before, line, placed, rows[-1], columns):
            rows[-1] = [f"{above} {below}".strip() for above, below in zip(rows[-1], placed, strict=True)]
        else:
            rows.append(placed)
        before = line
    return [BORDER.join(row).rstrip(" |").lstrip(" |") for row in rows]


def _placed(line: Line, columns: list[Bounds]) -> list[str] | None:
    """The text of each column; None where two cells would share one."""
    placed = [""] * len(columns)
    for cell in line.cells:
        touched = _below(cell, columns)
        if not touched:
            return None
        best = max(touched, key=lambda i: min(cell.x1, columns[i][1]) - max(cell.x0, columns[i][0]))
        if placed[best]:
            return None
        placed[best] = cell.text
    return placed


def _goes_on(before: Line, line: Line, placed: list[str], row: list[str], columns: list[Bounds]) -> bool:
    """Whether a line only goes on with the cells of the row above it: close, nothing in front, and words."""
    if len(row) != len(columns) or line.y0 - before.y1 > _WRAPPED * line.size or placed[0] or not row[0]:
        return False
    filled = sum(map(bool, placed))
    if filled >= max(2, sum(map(bool, row)) - 1):
        return False
    return all(letters(text) and (above or filled == 1) for text, above in zip(placed, row, strict=True) if text)
