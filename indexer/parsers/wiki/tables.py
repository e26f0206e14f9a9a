"""Tables of wikitext, line by line. One in a cell of another becomes the text of that cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CELLS = re.compile(r"\|\||!!")
_ATTRIBUTE = re.compile(r"\s*[\w-]{1,40}\s*=")
_ATTRIBUTES = re.compile(  # of a cell whose content was a template
    r"""(?:\s*+(?:align|bgcolor|class|colspan|data-[\w-]{1,40}|dir|height|id|lang|nowrap|rowspan|scope|style|title|valign
    |width)\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=]++))++\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_DEEPEST = 8


class _Level:
    def __init__(self) -> None:
        self.caption = ""
        self.rows: list[list[str]] = [[]]


class Table:
    """The table that is being read; `line` says whether it goes on."""

    def __init__(self) -> None:
        self._levels = [_Level()]

    @property
    def caption(self) -> str:
        return self._levels[0].caption

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        return self._levels[0].rows

    def line(self, line: str) -> bool:
        """Take one more line. Whether the table goes on after it."""
        text = line.strip()
        if text.startswith("{|"):
            if len(self._levels) < _DEEPEST:
                self._levels.append(_Level())
        elif text.startswith("|}"):
            if len(self._levels) == 1:
                return False
            self._take_inner(self._levels.pop())
        elif text.startswith("|-"):
            self._levels[-1].rows.append([])
        elif text.startswith("|+"):
            self._levels[-1].caption = _content(text[2:])
        elif text.startswith(("|", "!")):
            cells = _CELLS.split(text[1:]) if text[0] == "!" else text[1:].split("||")
            self._levels[-1].rows[-1] += map(_content, cells)
        elif text := text.lstrip("*#:; "):
            self._append(text)
        return True

    def _append(self, text: str) -> None:
        row = self._levels[-1].rows[-1]
        if row:
            row[-1] += f" {text}"

    def _take_inner(self, inner: _Level) -> None:
        cells = (cell for row in inner.rows for cell in row if cell.strip())
        self._append(" ".join(filter(None, (inner.caption, *cells))))


def _content(cell: str) -> str:
    """A cell without the attributes before a single bar."""
    before, bar, after = cell.partition("|")
    if not bar:
        return "" if _ATTRIBUTES.fullmatch(cell) else cell
    return after if _ATTRIBUTE.match(before) or not before.strip() else f"{before} {after}"
