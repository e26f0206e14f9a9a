"""Cells that reach down over rows: each of these says what they hold, so that a row by itself can be understood."""

from __future__ import annotations

from lxml import html

_LONGEST = 60  # code points of a cell that is said again
_COLUMNS = 100  # that are looked at
_ROWS = 1000
_MOST = 2**18  # code points of a table's cells that are said again: a small page must not make an endless text


class Spans:
    """The cells of one table, row by row."""

    def __init__(self) -> None:
        self._down: dict[int, tuple[int, str]] = {}  # by column: how many rows more, and the text
        self._column = 0
        self._said = 0

    def row(self) -> None:
        """A row begins."""
        self._column = 0

    def above(self) -> list[str]:
        """The texts of the cells that reach down to where the next cell of the row would stand."""
        found = []
        while self._column in self._down:
            rows, text = self._down.pop(self._column)
            if rows > 1:
                self._down[self._column] = rows - 1, text
            found.append(text if self._said <= _MOST else "")
            self._said += len(text)
            self._column += 1
        return found

    def cell(self, element: html.HtmlElement, text: str) -> None:
        """A cell has ended."""
        rows = _count(element.get("rowspan"))
        if rows > 1 and self._column < _COLUMNS:
            self._down[self._column] = min(rows, _ROWS) - 1, text if len(text) <= _LONGEST else ""
        self._column += _count(element.get("colspan"))


def _count(text: str | None) -> int:
    text = (text or "").strip()
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 4 else 1
