"""The body of a Word document, block by block: headings, paragraphs, lists, tables, and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile

from lxml import etree

from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.office.drawings import add_drawing
from indexer.parsers.office.package import Package
from indexer.parsers.office.tables import add_table
from indexer.parsers.office.word.chunks import add_chunk
from indexer.parsers.office.word.numbering import BULLET, Numbering
from indexer.parsers.office.word.runs import alternative, read_runs
from indexer.parsers.office.word.styles import Styles
from indexer.parsers.office.xml import attribute, child, children, descendants, local

_MAX_HEADING = 250  # characters; longer ones are paragraphs that were made to look like headings
_MAX_INDENT = 8
_COLUMNS = 63  # of a table of Word
_LEVELS = 6
_WRAPPERS = ("ins", "moveTo", "customXml", "smartTag", "sdtContent", "document", "body")
_APART = ("txbxContent", "Fallback", "del", "moveFrom")
_NOTES = {"footnoteReference": "Footnote", "endnoteReference": "Endnote", "commentReference": "Comment"}


class Body:
    """Appends the blocks of parts to `builder`. `notes` are those of each kind, by id."""

    def __init__(
        self,
        builder: TextBuilder,
        package: Package,
        styles: Styles,
        numbering: Numbering,
        notes: Mapping[str, Mapping[str, etree._Element]],
    ) -> None:
        self._builder = builder
        self._package = package
        self._styles = styles
        self._numbering = numbering
        self._notes = notes
        self._read: set[tuple[str, str]] = set()  # notes that were met
        self._part = ""
        self._listed = False  # the last block was an item of a list
        self._aside: list[etree._Element] = []
        self.title = ""
        self.foreign = 0  # parts in other formats, which are not read

    def read(self, part: str, root: etree._Element) -> None:
        """All blocks of a part."""
        self._part = part
        self._blocks(root)

    def rest(self) -> None:
        """Comments that no text refers to."""
        for identifier, comment in self._notes["commentReference"].items():
            if ("commentReference", identifier) not in self._read:
                self._note("Comment", comment)

    def lines(self, root: etree._Element) -> str:
        """The paragraphs below an element as lines, without structure."""
        texts: list[str] = []
        for paragraph in _paragraphs(root):
            runs = read_runs(paragraph)
            texts.append(clean(runs.text))
            texts += (self.lines(box) for box in runs.aside if local(box) == "txbxContent")
        return "\n".join(filter(None, texts))

    def _blocks(self, container: etree._Element) -> None:
        for block in container:
            name = local(block)
            if name == "p":
                self._paragraph(block)
            elif name == "tbl":
                self._table(block)
            elif name == "sdt":
                content = child(block, "sdtContent")
                if content is not None:
                    self._blocks(content)
            elif name in _WRAPPERS:
                self._blocks(block)
            elif name == "AlternateContent":
                for chosen in alternative(block):
                    self._blocks(chosen)
            elif name == "altChunk":
                self._chunk(attribute(block, "id"))

    def _chunk(self, identifier: str) -> None:
        relation = self._package.relations(self._part).get(identifier)
        name = relation.target if relation else ""
        if not name or not add_chunk(self._builder, name, self._package.read(name)):
            self.foreign += 1
        self._listed = False

    def _paragraph(self, paragraph: etree._Element) -> None:
        if self._styles.is_contents(paragraph):
            return
        runs = read_runs(paragraph)
        text = clean(runs.text)
        label = self._numbering.label(paragraph) if text else None
        is_title = self._styles.is_title(paragraph)
        level = 1 if is_title else self._styles.level(paragraph)
        if text and level is not None and len(text) <= _MAX_HEADING:
            number = label[0] if label and label[0] != BULLET else ""
            self._builder.landmark(min(level, _LEVELS), f"{number} {text}")
            self.title = self.title or (" ".join(text.split()) if is_title else "")
            self._listed = False
        elif text:
            indent = "  " * min(label[1], _MAX_INDENT) if label else ""
            self._builder.add(
                f"{indent}{label[0]} {text}" if label and label[0] else text,
                LINE if label and self._listed else PARAGRAPH,
            )
            self._listed = label is not None
        self._asides(runs.aside)

    def _table(self, table: etree._Element) -> None:
        rows = [list(_wrapped(row, "tc")) for row in _wrapped(table, "tr") if child(row, "trPr", "del") is None]
        if all(len(cells) <= 1 for cells in rows):  # a box around text
            for cell in (cell for cells in rows for cell in cells):
                self._blocks(cell)
            return
        add_table(self._builder, [[text for cell in cells for text in self._cell(cell)] for cells in rows])
        self._listed = False
        aside, self._aside = self._aside, []
        self._asides(aside)

    def _cell(self, cell: etree._Element) -> list[str]:
        """All in a cell as one line, and nothing in the other columns that it spans."""
        texts = []
        for paragraph in _paragraphs(cell):
            runs = read_runs(paragraph)
            label = self._numbering.label(paragraph) if runs.text else None
            texts.append(f"{label[0]} {runs.text}" if label and label[0] else runs.text)
            self._aside += runs.aside
        span = attribute(child(cell, "tcPr", "gridSpan"), "val")
        return [" ".join(" ".join(texts).split()), *[""] * (min(int(span), _COLUMNS) - 1 if span.isdecimal() else 0)]

    def _asides(self, aside: list[etree._Element]) -> None:
        """Add what hangs on the block before."""
        for element in aside:
            name = local(element)
            if name in _NOTES:
                self._referred(name, attribute(element, "id"))
            elif name == "txbxContent":
                self._listed = False
                self._blocks(element)
            else:
                add_drawing(self._builder, self._package, self._part, element)

    def _referred(self, kind: str, identifier: str) -> None:
        note = self._notes[kind].get(identifier)
        if note is not None and (kind, identifier) not in self._read:
            self._read.add((kind, identifier))
            self._note(_NOTES[kind], note)

    def _note(self, kind: str, note: etree._Element) -> None:
        author = clean(attribute(note, "author")).strip()
        text = self.lines(note)
        if text:
            self._builder.add(f"{kind} ({author}): {text}" if author else f"{kind}: {text}")
            self._listed = False


def _wrapped(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of a name, also those in content controls and insertions; not those that were deleted."""
    for part in element:
        if local(part) == name:
            yield part
        elif local(part) in ("sdt", *_WRAPPERS):
            yield from _wrapped(part, name)


def _paragraphs(element: etree._Element) -> Iterator[etree._Element]:
    """The paragraphs below, without those that hang on others, in text boxes, and those that were deleted."""
    for paragraph in descendants(element, "p"):
        above = takewhile(lambda ancestor: ancestor is not element, paragraph.iterancestors())
        if not any(local(ancestor) in _APART for ancestor in above):
            yield paragraph


def notes_of(root: etree._Element | None, name: str) -> dict[str, etree._Element]:
    """Footnotes, endnotes or comments by id, without the lines that part notes from text."""
    if root is None:
        return {}
    return {attribute(note, "id"): note for note in children(root, name) if not attribute(note, "type")}
