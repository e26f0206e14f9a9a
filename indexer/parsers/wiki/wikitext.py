"""Wikitext to a document: headings, paragraphs, lists and tables; links are their text, templates are gone.

https://www.mediawiki.org/wiki/Help:Formatting. It is read as text with marks, not rendered: a page of any kind takes
time that grows with its length alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.office.tables import add_table
from indexer.parsers.wiki.elements import REFERENCES, Literals, prepared
from indexer.parsers.wiki.inline import plain
from indexer.parsers.wiki.links import Links
from indexer.parsers.wiki.references import reference_text
from indexer.parsers.wiki.tables import Table

_MARKS = re.compile(r"[*#:;]{1,100}+")
_RULE = re.compile(r"-{4,}")
_PARAGRAPH = re.compile(r"</?(?:p|div|blockquote|center|poem|h[1-6])\b[^<>]{0,1000}+>", re.IGNORECASE)
_MAX_INDENT = 8  # levels of lists


def read_wikitext(source: str, builder: TextBuilder, links: Links) -> None:
    """Append what a reader sees of a page."""
    text, literals = prepared(clean(source))
    reader = _Reader(builder, literals, [links.shown(reference_text(source)) for source in literals.references])
    for line in _PARAGRAPH.sub("\n\n", links.shown(text)).split("\n"):
        reader.line(line)
    reader.finish()


class _Reader:
    def __init__(self, builder: TextBuilder, literals: Literals, references: Sequence[str]) -> None:
        self._builder = builder
        self._literals = literals
        self._references = references
        self._paragraph: list[str] = []
        self._table: Table | None = None
        self._in_list = False

    def line(self, line: str) -> None:
        if self._table is not None:
            if not self._table.line(line):
                self._end_table()
            return
        block = self._literals.block(line)
        if line == REFERENCES:
            self._end_paragraph()
            self._cite()
        elif block is not None:
            self._end_paragraph()
            self._builder.add(clean(block).strip("\n").rstrip())
        elif line.lstrip(":* ").startswith("{|"):
            self._end_paragraph()
            self._table = Table()
        elif (level := _heading_level(line)) > 0:
            self._end_paragraph()
            self._heading(level, plain(line.strip().strip("=") or line, self._literals))
        elif marks := _MARKS.match(line):
            self._item(marks[0], line[marks.end() :])
        elif not line.strip() or _RULE.match(line):
            self._end_paragraph()
        else:
            self._in_list = False
            self._paragraph.append(line)

    def finish(self) -> None:
        self._end_paragraph()
        if self._table is not None:  # which is never closed
            self._end_table()
        self._cite()

    def _cite(self) -> None:
        """Add the references where the page has them, else at its end."""
        for reference in self._references:
            self._item("*", reference)
        self._references, self._in_list = [], False

    def _heading(self, level: int, text: str) -> None:
        if text:
            self._builder.locate("anchor", text.replace(" ", "_"))
            self._builder.heading(level, text)

    def _item(self, marks: str, text: str) -> None:
        """An item of a list; a term and what defines it are lines of their own."""
        listed = self._in_list
        separator = LINE if listed else PARAGRAPH
        self._end_paragraph()
        self._in_list = listed
        mark = "  " * (min(len(marks), _MAX_INDENT) - 1) + "- " if marks[-1] in "*#" else ""
        for part in text.split(" : ", 1) if marks[-1] == ";" else [text]:
            if shown := plain(part, self._literals):
                self._builder.add(mark + shown, separator)
                separator, self._in_list = LINE, True

    def _end_paragraph(self) -> None:
        self._builder.add(plain(" ".join(self._paragraph), self._literals))
        self._paragraph = []
        self._in_list = False

    def _end_table(self) -> None:
        table = self._table
        if table is not None:
            self._builder.add(plain(table.caption, self._literals))
            add_table(self._builder, [[plain(cell, self._literals) for cell in row] for row in table.rows])
        self._table = None


def _heading_level(line: str) -> int:
    """The level of the heading that a line is, 1 to 6; 0 for none."""
    text = line.strip()
    if not text.startswith("="):
        return 0
    inner = text.strip("=")
    if not inner:
        return 0
    before = len(text) - len(text.lstrip("="))
    after = len(text) - len(text.rstrip("="))
    return min(before, after, 6)
