"""The body of an OpenDocument text, and the words in the cells and frames of all OpenDocument files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from lxml import etree

from engine.errors import ParseFailed
from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.office.tables import add_table
from indexer.parsers.office.xml import attribute, child, children, descendants, local, text_of

# Deleted text, what repeats headings and words with the numbers of pages, forms, and what is not shown.
_UNSEEN = frozenset(
    """tracked-changes table-of-content illustration-index table-index object-index user-index alphabetical-index
    forms sequence-decls variable-decls user-field-decls script scripts hidden-text hidden-paragraph ruby-text
    annotation-end event-listeners settings binary-data""".split()  # noqa: SIM905
)
_ASIDE = ("note", "annotation", "text-box", "object")
_ROWS = ("table-header-rows", "table-rows", "table-row-group")
_REPEATED = 1000  # times that one cell or row is written again; whole empty sheets are written so
_CELLS = 20_000_000  # of one table
_COUNT = re.compile(r"[0-9]{1,9}")  # of rows
_CHAIN = 4  # styles that are based on each other
MAX_HEADING = 250
_MAX_INDENT = 8
_LEVELS = 6


Objects = Callable[[str], etree._Element | None]


@dataclass(slots=True)
class Inline:
    """Text, and what hangs on it and is read after it."""

    parts: list[str] = field(default_factory=list)
    aside: list[etree._Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self.parts).replace("\xad", "").split("\n"))
        return clean("\n".join(line for line in lines if line))


def read_inline(paragraph: etree._Element) -> Inline:
    """Read the content of a paragraph."""
    inline = Inline()
    _read(paragraph, inline)
    return inline


def _read(element: etree._Element, inline: Inline) -> None:
    if element.text and local(element):
        inline.parts.append(element.text.replace("\n", " "))
    for part in element:
        name = local(part)
        if name in ("s", "tab"):
            inline.parts.append(" ")
        elif name == "line-break":
            inline.parts.append("\n")
        elif name in _ASIDE:
            inline.aside.append(part)
        elif name in ("desc", "title") and ":svg-" in part.tag:  # written for those who cannot see the picture
            inline.parts.append(f" {text_of(part)} ")
        elif name == "p":  # in a shape
            inline.parts.append(" ")
            _read(part, inline)
            inline.parts.append(" ")
        elif name and name not in _UNSEEN:
            _read(part, inline)
        inline.parts.append((part.tail or "").replace("\n", " "))


class OdfBody:
    """Appends the blocks of an OpenDocument to `builder`. `titles` are the names of styles that titles have, and
    `objects` finds the content of what is embedded, such as a chart.
    """

    def __init__(self, builder: TextBuilder, titles: frozenset[str], objects: Objects) -> None:
        self._builder = builder
        self._titles = titles
        self._objects = objects
        self._listed = False
        self.title = ""

    def blocks(self, container: etree._Element, depth: int = 0) -> None:
        """All blocks in an element; `depth` counts the lists around it."""
        for block in container:
            name = local(block)
            if name == "h":
                self._heading(block)
            elif name == "p":
                self._paragraph(block, depth)
            elif name == "list":
                self._list(block, depth + 1)
            elif name == "table":
                self.table(block)
            elif name in _ASIDE:
                self.aside([block])
            elif name and name not in _UNSEEN and name != "soft-page-break":
                self.blocks(block, depth)

    def _heading(self, heading: etree._Element) -> None:
        inline = read_inline(heading)
        level = attribute(heading, "outline-level")
        if inline.text and len(inline.text) <= MAX_HEADING:
            self._builder.landmark(min(int(level) if level.isdecimal() else 1, _LEVELS) or 1, inline.text)
        else:
            self._builder.add(inline.text)
        self._listed = False
        self.aside(inline.aside)

    def _paragraph(self, paragraph: etree._Element, depth: int, dash: str = "") -> None:
        inline = read_inline(paragraph)
        text = inline.text
        if text and attribute(paragraph, "style-name") in self._titles and len(text) <= MAX_HEADING:
            self._builder.landmark(1, text)
            self.title = self.title or " ".join(text.split())
            self._listed = False
        elif text:
            indent = "  " * (min(depth, _MAX_INDENT) - 1) if depth else ""
            self._builder.add(f"{indent}{dash}{text}", LINE if depth and self._listed else PARAGRAPH)
            self._listed = depth > 0
        self.aside(inline.aside)

    def _list(self, element: etree._Element, depth: int) -> None:
        for item in element:
            dash = "- " if local(item) == "list-item" else ""
            for block in item:
                if local(block) == "p":
                    self._paragraph(block, depth, dash)
                    dash = "  " if dash else ""
                elif local(block) == "list":
                    self._list(block, depth + 1)
                elif local(block) == "h":
                    self._heading(block)
                elif local(block):
                    self.blocks(block, depth)

    def table(self, table: etree._Element) -> None:
        """The rows of a table, then what hangs on its cells."""
        grid = [_cells(row) for row in _rows(table)]
        if all(len(cells) <= 1 for cells in grid):  # a box around text
            for cell in (cell for cells in grid for cell in cells):
                self.blocks(cell)
            return
        rows = table_rows(table)
        add_table(self._builder, [row.cells for row in rows])
        self._listed = False
        for row in rows:
            self.aside(row.aside)

    def aside(self, elements: Iterable[etree._Element]) -> None:
        """Add what hangs on the block before: notes, comments, boxes."""
        for element in elements:
            name = local(element)
            if name == "note":
                kind = "Endnote" if attribute(element, "note-class") == "endnote" else "Footnote"
                self._labelled(kind, child(element, "note-body"))
            elif name == "annotation":
                author = clean(text_of(child(element, "creator")))
                self._labelled(f"Comment ({author})" if author else "Comment", element)
            elif name == "text-box":
                self._listed = False
                self.blocks(element)
            elif name == "object":
                self._object(element)

    def _object(self, element: etree._Element) -> None:
        """The titles and the numbers of a chart, which is in a file of the package, or of a flat one in the element."""
        inside = child(element, "document")
        content = child(self._objects(attribute(element, "href")) if inside is None else inside, "body")
        for found in descendants(content, "title", "subtitle") if content is not None else ():
            self._builder.add("\n".join(lines_of(found)))
        for table in descendants(content, "table") if content is not None else ():
            add_table(self._builder, [row.cells for row in table_rows(table)])

    def _labelled(self, label: str, element: etree._Element | None) -> None:
        lines = lines_of(element) if element is not None else []
        if lines:
            self._builder.add("\n".join([f"{label}: {lines[0]}", *lines[1:]]))
            self._listed = False


def lines_of(element: etree._Element) -> list[str]:
    """The paragraphs below as lines, items of lists with a dash."""
    lines = []
    for paragraph in descendants(element, "p", "h"):
        above = [local(found) for found in takewhile(lambda found: found is not element, paragraph.iterancestors())]
        if not {"p", "h", "object"}.isdisjoint(above):
            continue  # it was read with the paragraph around it, or hangs on it
        if text := read_inline(paragraph).text:
            listed, depth = above[:1] == ["list-item"], above.count("list")
            lines.append("  " * (min(depth, _MAX_INDENT) - 1) + f"- {text}" if listed else text)
    return lines


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, its number from 1; what hangs on its cells is `aside`."""

    number: int
    cells: list[str]
    aside: list[etree._Element]


def table_rows(table: etree._Element) -> list[Row]:
    """The rows of a table with the cells as text. Of those that hold nothing one stands for all that are repeated."""
    rows: list[Row] = []
    count, number = 0, 1
    for row in _rows(table):
        aside: list[etree._Element] = []
        cells = _texts(row, aside)
        while cells and not cells[-1]:
            cells.pop()
        repeated = attribute(row, "number-rows-repeated")
        times = _times(row, "number-rows-repeated") if cells else 1
        count += times * len(cells)
        if count > _CELLS:
            raise ParseFailed(f"A table has more than {_CELLS} cells.", "Split it, or save it as CSV.")
        rows += [Row(number + more, cells, [] if more else aside) for more in range(times)]
        number += int(repeated) if _COUNT.fullmatch(repeated) else 1
    return rows


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """The rows, also those in groups."""
    for row in table:
        if local(row) == "table-row":
            yield row
        elif local(row) in _ROWS:
            yield from _rows(row)


def _cells(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row if local(cell) in ("table-cell", "covered-table-cell")]


def _texts(row: etree._Element, aside: list[etree._Element]) -> list[str]:
    texts: list[str] = []
    for cell in _cells(row):
        text = _cell(cell, aside)
        texts += [text] * (_times(cell, "number-columns-repeated") if text or cell.getnext() is not None else 1)
    return texts


def _times(element: etree._Element, name: str) -> int:
    times = attribute(element, name)
    return min(int(times), _REPEATED) if times.isdecimal() else 1


def _cell(cell: etree._Element, aside: list[etree._Element]) -> str:
    """The text that a cell shows, a date as in ISO 8601."""
    texts = []
    for block in cell:
        if local(block) == "p" and not len(block):  # nearly always
            texts.append(block.text or "")
        elif local(block) == "annotation":
            aside.append(block)
        elif local(block) in ("p", "h"):
            inline = read_inline(block)
            texts.append(inline.text)
            aside += inline.aside
        elif local(block):
            texts += lines_of(block)
            aside += descendants(block, "object")
    day = attribute(cell, "date-value")
    if day:
        return day.removesuffix("T00:00:00").replace("T", " ")
    return " ".join(" ".join(texts).split())


def titles(roots: Iterable[etree._Element | None]) -> frozenset[str]:
    """The names of the paragraph styles that are, or are based on, the style of titles."""
    parents: dict[str, str] = {}
    for root in roots:
        for style in descendants(root, "style") if root is not None else ():
            parents[attribute(style, "name")] = attribute(style, "parent-style-name")
    found = {"Title"}
    for _ in range(_CHAIN):
        found |= {name for name, parent in parents.items() if parent in found}
    return frozenset(found)


def margins(styles: etree._Element) -> list[str]:
    """The texts of headers and footers, each once."""
    found: dict[str, None] = {}
    for master in descendants(styles, "master-page"):
        for name in ("header", "header-left", "header-first", "footer", "footer-left", "footer-first"):
            for margin in children(master, name):
                if text := "\n".join(lines_of(margin)):
                    found.setdefault(text)
    return list(found)
