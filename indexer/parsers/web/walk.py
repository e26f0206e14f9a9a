"""Reads a tree of HTML from its first element to its last, as a document: blocks, headings, lists, tables, code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from lxml import html

from indexer.parsers.builder import LINE, MEANS, PARAGRAPH, TextBuilder
from indexer.parsers.web.items import Items
from indexer.parsers.web.line import Line
from indexer.parsers.web.roomy import roomy_parts
from indexer.parsers.web.spans import Spans

# The line of its file where an element stands, as the Markdown parser notes it. Pages have `data-line` of their own.
LINE_ATTRIBUTE = "data-winnow-line"

# What a browser shows as a block, https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3, and what makes
# a list or a table. Everything else, known or not, runs on in its line.
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CELLS = frozenset(("td", "th"))
_LISTS = frozenset(("ul", "ol", "dir", "menu"))
_TIGHT = _LISTS | {"dl", "table"}  # their parts follow each other line by line
_VERBATIM = frozenset(("pre", "listing", "plaintext", "xmp"))
_STATEFUL = _TIGHT | _CELLS | _VERBATIM | {"li", "dd", "dt", "tr"}
_BLOCK = (
    frozenset(
        """address article aside blockquote body caption center col colgroup details dialog div fieldset figcaption
        figure footer form frameset header hgroup hr html legend main nav optgroup option p search section summary tbody
        tfoot thead""".split()  # noqa: SIM905
    )
    | _STATEFUL
    | _HEADINGS.keys()
)
_MAX_INDENT = 8  # levels of lists
_MAX_HEADING = 1000  # characters of a heading that holds blocks; a longer one was never closed
_CAPTION = 3  # spaces in what stands for a picture, from which on it is no mere mark such as "yes"
_MARK = re.compile(r"[\[(]?(?:\d{1,3}(?:[,\u2013-]\s?\d{1,3})*|[*\u2020\u2021\u00a7\u00b6]+|[a-z])[\])]?", re.ASCII)
_RAISED = re.compile(r"(?:\d|(?<![^\W\d_])[^\W\d_]{1,3}|[)\]}])$")  # a digit, a unit or a variable: 10^6, m^2, (a+b)^2
_FILE = re.compile(r"\S+\.(?:png|jpe?g|gif|svg|webp|avif)", re.IGNORECASE)
_ANCHOR = re.compile(r"\S{1,500}")

Element: TypeAlias = html.HtmlElement


@dataclass(slots=True)
class _Place:
    """The place of a block in the lists and tables around it."""

    tight: int = 0  # depth of those whose parts follow each other line by line
    lists: int = 0  # depth of lists, for the indentation
    first: bool = True  # nothing was written yet in the outermost of them


class Walk:
    """Told of each element's start and end and of the text between, it appends blocks to a builder."""

    def __init__(self, builder: TextBuilder, tree: Element) -> None:
        self._builder = builder
        self._roomy = roomy_parts(tree)
        self._line = Line()
        self._prefix = ""
        self._separator: str | None = None  # in place of the usual one
        self._place = _Place()
        self._around: list[_Place] = []  # roomy parts are places of their own
        self._rows: list[bool] = []  # of each open row, whether it is a line
        self._cells = 0  # open cells of rows that are lines
        self._tables: list[Spans] = []
        self._items = Items()
        self._term = False  # the last block is a short <dt>
        self._heading = 0  # level of the open one
        self._divided = False  # the open heading holds blocks
        self._verbatim = 0
        self._shown: set[str] = set()  # captions of pictures that were written
        self._anchor: str | None = None  # the last one since a block was written

    def start(self, element: Element) -> None:
        tag = element.tag
        self._anchor = _anchor_of(element) or self._anchor
        if tag in _BLOCK:
            self._begin(element)
        elif tag == "br":
            self._line.break_line()
        elif tag == "img":
            self._show(element)
        elif tag == "sup" and not self._verbatim and _is_mark(element, self._line.ending()):
            self._line.write(" ")
        line = element.get(LINE_ATTRIBUTE)
        if line and line.isdecimal() and not self._cells:
            self._builder.locate("line", line, counting=self._verbatim > 0)
        self.write(element.text)

    def end(self, element: Element) -> None:
        tag = element.tag
        if tag not in _BLOCK:
            return
        if self._verbatim and tag not in _VERBATIM:
            self._line.fresh_line()
        elif self._heading and tag not in _HEADINGS:
            self._line.part()
        elif tag in _CELLS and self._in_line_row():
            self._cells -= 1
            if tag == "th" and not self._cells:
                self._line.empty_cell()
            if not self._cells and self._tables:
                self._tables[-1].cell(element, self._line.cell_text())
        elif self._cells:
            self._line.part()
        else:
            self._leave(element)

    def write(self, text: str | None) -> None:
        """Text that stands where the walk is."""
        if text and self._verbatim:
            self._line.write_verbatim(text)
        elif text:
            self._line.write(text)

    def flush(self) -> None:
        """Close the block that is being written."""
        text = self._take()
        if not text:
            return
        usual = LINE if self._place.tight and not self._place.first else PARAGRAPH
        separator = self._separator or usual
        if separator == MEANS and (self._prefix or self._verbatim):
            separator = LINE
        self._builder.add(self._prefix + text, separator)
        self._prefix, self._separator, self._anchor = "", None, None
        self._place.first = self._term = False

    def _take(self) -> str:
        if self._verbatim:
            return self._line.take_verbatim()
        return self._line.take_row() if self._in_line_row() else self._line.take()

    def _in_line_row(self) -> bool:
        return bool(self._rows) and self._rows[-1]

    def _begin(self, element: Element) -> None:
        tag = element.tag
        if self._verbatim and tag not in _VERBATIM:
            self._line.fresh_line()
            return
        if self._heading and (tag in _STATEFUL or (tag == "p" and self._line.inked)):
            self._close_heading()  # it was never closed, or holds a list
        if self._heading:
            self._line.part()
            self._divided = True
        elif tag in _CELLS and self._in_line_row():
            if not self._cells:
                self._write_above()
            self._line.cell()
            self._cells += 1
        elif self._cells:
            self._line.part(listed=tag == "li")
        else:
            self.flush()
            self._enter(element)

    def _write_above(self) -> None:
        """Write the cells that reach down to the next place of the row."""
        for text in self._tables[-1].above() if self._tables else ():
            self._line.cell()
            self._line.write(text)

    def _enter(self, element: Element) -> None:
        tag = element.tag
        if element in self._roomy:
            self._around.append(self._place)
            self._place = _Place(lists=self._place.lists)
            self._separator = LINE if tag == "dd" else None
        elif tag == "dd" and self._term:
            self._separator = MEANS
        elif tag == "dt" and self._separator == MEANS:
            self._separator = LINE  # a list of its own in the meaning
        if tag in _HEADINGS:
            self._heading, self._divided = _HEADINGS[tag], False
        elif tag in _TIGHT:
            self._place.first |= not self._place.tight
            self._place.tight += 1
            self._place.lists += tag in _LISTS
            if tag in _LISTS:
                self._items.begin(element)
            elif tag == "table":
                self._tables.append(Spans())
        elif tag == "li" and not self._is_layout(element):
            self._prefix = "  " * (min(self._place.lists, _MAX_INDENT) - 1) + self._items.mark(element)
        elif tag == "tr":
            self._rows.append(element not in self._roomy)
            if self._tables:
                self._tables[-1].row()
        elif tag in _VERBATIM:
            self._verbatim += 1
            self._prefix = ""

    def _is_layout(self, item: Element) -> bool:
        """Whether a list has no other item than this roomy one."""
        return item in self._roomy and item.getprevious() is None and item.getnext() is None

    def _leave(self, element: Element) -> None:
        tag = element.tag
        if tag in _HEADINGS and self._heading:
            self._close_heading(_anchor_of(element))
        elif tag == "dt" and self._line.inked:
            self._locate(_anchor_of(element))
        elif tag == "tr" and self._line.inked and self._in_line_row():
            self._write_above()
        term = tag == "dt" and self._line.is_term()
        self.flush()
        self._term |= term
        if tag in _TIGHT:
            self._place.tight = max(0, self._place.tight - 1)
            self._place.lists = max(0, self._place.lists - (tag in _LISTS))
            if tag in _LISTS:
                self._items.end()
            elif tag == "table" and self._tables:
                self._tables.pop()
            self._prefix = ""
        elif tag == "tr":
            self._rows.pop()
        elif tag in _VERBATIM:
            self._verbatim -= 1
        if element in self._roomy:
            self._place = self._around.pop()
            self._place.first = True
            self._prefix, self._separator = "", None

    def _close_heading(self, anchor: str | None = None) -> None:
        """Close the heading, whose text was written since it began. Lists around it do not indent its section."""
        level, self._heading = self._heading, 0
        text = self._line.take()
        if self._divided and len(text) > _MAX_HEADING:
            self._builder.add(text)
        elif text:
            self._locate(anchor)
            self._builder.heading(level, text)
        self._prefix, self._separator, self._anchor = "", None, None
        self._place.lists, self._place.first = 0, True

    def _locate(self, anchor: str | None) -> None:
        """The next block stands at its own anchor, or at the last one before it or in it."""
        if anchor := anchor or self._anchor:
            self._builder.locate("anchor", anchor)

    def _show(self, image: Element) -> None:
        """Write what stands for a picture: not the name of its file, and a caption only once."""
        alternative = " ".join((image.get("alt") or "").split())
        if not alternative or self._verbatim or alternative in self._shown or _FILE.fullmatch(alternative):
            return
        if alternative.count(" ") >= _CAPTION:
            self._shown.add(alternative)
        self._line.write(f" {alternative} ")


def _anchor_of(element: Element) -> str | None:
    anchor = element.get("id") or (element.get("name") if element.tag == "a" else None)
    return anchor if anchor and _ANCHOR.fullmatch(anchor) else None


def _is_mark(sup: Element, before: str) -> bool:
    """Whether raised text is a reference to a note and no part of the word before it, as the 2 of m2 is."""
    text = "".join(sup.itertext()).strip()
    if _MARK.fullmatch(text) is None:
        return False
    if sup.find(".//a") is not None or not text[0].isalnum():
        return True
    return _RAISED.search(before) is None and not text.isalpha()
