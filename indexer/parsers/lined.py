"""A TextBuilder for files that are read line by line: every line that goes in says where in the file it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.types import Heading
from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder

Line = tuple[int, str]  # the number of a line in its file, from 1, and its text

_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_MAX_INDENT = 8  # levels of lists


class LinedBuilder(TextBuilder):
    """Takes lines with their numbers, so that the place of any word is its own line, not that of its paragraph."""

    def __init__(self) -> None:
        super().__init__()
        self._named: list[tuple[int, str]] = []  # sections that begin with the next block

    def paragraph(self, lines: Iterable[Line], separator: str = PARAGRAPH, prefix: str = "") -> None:
        """The lines that a paragraph was wrapped into, as one line again; `prefix` is the mark of an item, say."""
        last = ""
        for number, text in lines:
            text = " ".join(text.split())
            if text:
                self.locate("line", str(number))
                between = "" if last and _CJK.match(last) and _CJK.match(text) else " "
                self.add(text if last else prefix + text, between if last else separator)
                last = text[-1]

    def item(self, lines: Iterable[Line], depth: int, separator: str = LINE, mark: str = "-") -> None:
        """An item of a list, `depth` from 1."""
        self.paragraph(lines, separator, "  " * (min(max(depth, 1), _MAX_INDENT) - 1) + f"{mark} ")

    def verbatim(self, lines: Iterable[Line], separator: str = PARAGRAPH) -> None:
        """Lines as they are, with the blank ones between them; tabs are four columns."""
        blank = 0
        for number, text in lines:
            text = text.replace("\f", " ").expandtabs(4).rstrip()
            if text:
                self.locate("line", str(number))
                self.add(text, separator + LINE * blank)
                separator, blank = LINE, 0
            elif separator == LINE:
                blank += 1

    def row(self, number: int, cells: Sequence[str], separator: str = LINE) -> None:
        """A row of a table, as those of HTML are written; a bar closes an empty cell at either end, so that rows of one
        table have as many of them.
        """
        cells = [" ".join(cell.split()) for cell in cells]
        if any(cells):
            self.locate("line", str(number))
            self.add(("" if cells[0] else "| ") + " | ".join(cells) + ("" if cells[-1] else " |"), separator)

    def title(self, number: int, level: int, text: str) -> None:
        """A heading that stands in the file's line `number`; any level is brought into 1 to 6."""
        self.locate("line", str(number))
        self.heading(min(max(level, 1), 6), text)

    def section(self, level: int, name: str) -> None:
        """Begin a section with what comes next. Its name is no line of its own: it stands somewhere in the section,
        as that of a function does below its comment.
        """
        self._named.append((level, name))

    def _append(self, block: str, separator: str) -> int:
        start = super()._append(block, separator)
        self._headings += (Heading(start, level, name) for level, name in self._named)
        self._named.clear()
        return start
