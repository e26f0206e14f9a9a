"""The text of one block as it is gathered: a paragraph, a row of a table, the lines of a <pre>."""

from __future__ import annotations

import re

from indexer.parsers.builder import MEANS, beside

_SPACE = re.compile(r"\s{2,}|[^\S ]")  # but for single spaces, of which a text has many
_CJK = "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
_CJK_WRAP = re.compile(rf"(?<={_CJK})[^\S\n]*+\n\s*+(?={_CJK})")
_BREAKS = re.compile(
    "\u00ad|(?<=[!-~])\u200b++(?=[!-~])|^\u200b++|(?<!\u200b)\u200b++$"
)  # where a word may be broken, and no text
_EMPTY_LINES = re.compile(r"\n{3,}")
_VERBATIM = {0x00A0: " ", 0x00AD: None, 0x200B: None}
_CELL = " | "


class Line:
    """Pieces go in, text comes out. White space is put together, but for lines of code."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._gap = ""  # goes before the next piece
        self.inked = False  # anything but white space was written
        self._cell_inked = False
        self._cell_start = 0  # in the pieces

    def write(self, text: str) -> None:
        """Add text that runs on."""
        if not text.isascii():
            text = _CJK_WRAP.sub("", _BREAKS.sub("", text))
        if not text or text.isspace():
            self._pieces.append(" ")
            return
        if self._gap:
            self._pieces.append(self._gap)
            self._gap = ""
        self._pieces.append(_SPACE.sub(" ", text))
        self.inked = self._cell_inked = True

    def write_verbatim(self, text: str) -> None:
        """Add text with all its white space."""
        self._pieces.append(text.translate(_VERBATIM))
        if not text.isspace():
            self.inked = self._cell_inked = True

    def break_line(self) -> None:
        """Go on in the next line; at the beginning of a block or of a cell there is none to break."""
        if self._cell_inked:
            self._pieces.append("\n")

    def fresh_line(self) -> None:
        """Go on in the next line, unless this one is empty."""
        if self._cell_inked and not self._pieces[-1].endswith("\n"):
            self._pieces.append("\n")

    def part(self, listed: bool = False) -> None:
        """Keep what follows apart from what was written: blocks in a cell or a heading, items of a list in a cell."""
        if self._cell_inked and not self._gap.strip():
            ends = self._pieces[-1].rstrip().endswith((".", ",", ";", ":", "!", "?"))
            self._gap = ", " if listed and not ends else " "

    def cell(self) -> None:
        """Begin a cell of a row."""
        self._gap = ""
        if self.inked:
            self._pieces.append(_CELL)
        self._cell_inked = False
        self._cell_start = len(self._pieces)

    def empty_cell(self) -> None:
        """Keep the place of an empty cell that the row begins with."""
        if not self.inked:
            self._pieces.append(_CELL.lstrip())

    def cell_text(self) -> str:
        """The text of the cell that is open."""
        return " ".join("".join(self._pieces[self._cell_start :]).split())

    def is_term(self) -> bool:
        """Whether what the block means may stand behind it, in the same line."""
        return beside("".join(self._pieces)) == MEANS

    def ending(self) -> str:
        """The last that was written."""
        return "".join(self._pieces[-3:])

    def take(self) -> str:
        """The text, its lines trimmed; the line is empty afterwards."""
        text = "\n".join(" ".join(line.split()) for line in self._taken().split("\n"))
        return _EMPTY_LINES.sub("\n\n", text.strip())

    def take_row(self) -> str:
        """The text of a row, whose last cells may be empty: one line, whatever breaks are in its cells, for lines of
        different cells below each other would read as rows. A cell by itself keeps its lines.
        """
        text = self.take().replace("\n\n", "\n").rstrip(" |")
        return text.replace("\n", " ") if _CELL in text else text

    def take_verbatim(self) -> str:
        """The text with its indentation, without empty lines around it."""
        lines = self._taken().expandtabs(4).strip("\n").split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n")

    def _taken(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        self._gap = ""
        self._cell_start = 0
        self.inked = self._cell_inked = False
        return text
