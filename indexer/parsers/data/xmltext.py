"""Elements to text: blocks, headings, lists, tables, code, and values with the names of their elements."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.data import xmlnames as names
from indexer.parsers.data.encoded import is_encoded
from indexer.parsers.decoding import clean
from indexer.parsers.lined import Line, LinedBuilder

_MARKUP = re.compile(  # of a page, written as the text of an element: in feeds, in reports
    r"""</?(?:a|b|big|blockquote|br|caption|center|code|dd|div|dl|dt|em|figure|font|h\d|hr|i|img|li|ol|p|pre|s|section
    |small|span|strong|su[bp]|t(?:able|body|d|foot|h|head|r)|u|ul)(?:\s[^<>]{0,2000})?/?>""",
    re.IGNORECASE | re.VERBOSE,
)
_HIDDEN_ATTRIBUTE = re.compile(r"xmlns\b|xsi:|xml:", re.IGNORECASE)
_LONGEST_HEADING = 200  # code points; what is longer is a paragraph
_MISNESTED = 8  # elements that are closed with the one around them, at most


@dataclass(slots=True)
class _Element:
    """An element that we are in. `above`: headings that it stands under; `headed`: it has one of its own; `holds`: it
    has elements in it; `mixed`: and text beside them.
    """

    name: str
    kind: str
    above: int
    headed: bool = False
    holds: bool = False
    mixed: bool = False


class XmlText:
    """Takes the events of a scanner; `builder` has the text, `title` the first title of the whole file."""

    def __init__(self) -> None:
        self.builder = LinedBuilder()
        self.title = ""
        self.left_out = 0
        self.begun = False
        self._document = False  # the root is that of a vocabulary of documents
        self._feed = False
        self._open: list[_Element] = []
        self._pieces: list[Line] = []  # of the block that is being read: several may be of one line
        self._label: list[Line] = []  # the name of a value, and its attributes
        self._separator = PARAGRAPH
        self._hidden = 0  # depths of elements
        self._verbatim = 0
        self._items = 0
        self._item_begins = self._in_list = False
        self._row: tuple[int, list[str]] | None = None
        self._heading: int | None = None  # its level

    def start(self, line: int, name: str, attributes: Mapping[str, Line]) -> None:
        local = name.rpartition(":")[2].lower()
        if not self.begun:
            self.begun, self._document = True, local in names.DOCUMENTS
            self._feed = local in names.FEEDS
        parent = self._open[-1] if self._open else _Element("", "block", 0)
        kind = self._kind(local, parent)
        parent.holds = True
        self._open.append(_Element(local, kind, parent.above + parent.headed))
        if kind != "inline":
            self.flush()
            self._begin(line, kind, local, parent)
        if kind == "block" and not self._document:
            said = {key: value for key, value in attributes.items() if not self._feed or key in names.SAID_BY_FEEDS}
            self._label = [(line, name.rpartition(":")[2]), *_values(said)]
        elif self._document and not self._hidden:
            _, anchor = attributes.get("xml:id") or attributes.get("id") or (0, "")
            if anchor and kind in ("block", "heading"):
                self.builder.locate("anchor", " ".join(_plain(anchor).split()))
            self._add(*attributes.get("alt", (line, "")))
        if kind == "inline" and local not in names.INLINE:
            self._add(line, " ")

    def text(self, line: int, text: str, *, raw: bool = False) -> None:
        """`raw`: it has no entities."""
        if self._hidden:
            return
        text = text if raw else _plain(text)
        if self._open and not text.isspace():
            self._open[-1].mixed = True
        if not self._verbatim and "<" in text:
            text = _MARKUP.sub(" ", text)
        for place, part in enumerate(text.split("\n")):
            self._add(line + place, part)

    def _add(self, line: int, text: str) -> None:
        self._pieces.append((line, text))

    def end(self, name: str) -> None:
        """Ends the element, and those in it that were not; an end without a beginning is passed over."""
        local = name.rpartition(":")[2].lower()
        inner = next((place for place, element in enumerate(self._open[: -_MISNESTED - 1 : -1]) if element.name == local), -1)
        for _ in range(inner + 1):
            self._close(self._open[-1])
            self._open.pop()

    def flush(self) -> None:
        """End the block that is being read."""
        if self._row is not None:
            return  # all of it belongs to a cell
        lines, label, self._label = self._taken(), self._label, []
        if self._verbatim:
            self.builder.verbatim(lines)
        elif lines and self._item_begins:
            self.builder.item(lines, self._items, LINE if self._in_list else PARAGRAPH)
            self._item_begins, self._in_list = False, True
        elif lines and label:
            *above, (number, last) = label
            self.builder.paragraph([*above, (number, f"{last}:"), *lines], self._separator)
        elif lines or len(label) > 1:
            self.builder.paragraph(lines or label, self._separator)
        else:
            return
        self._separator = PARAGRAPH if self._document else LINE

    def _kind(self, name: str, parent: _Element) -> str:
        if name in names.LEFT_OUT or (name == "metadata" and self._open and self._open[0].name == "svg"):
            return "hidden"
        if self._hidden or self._verbatim or self._heading or parent.kind == "inline":
            return "inline"
        if name in names.HEADINGS and parent.name not in names.CAPTIONED | names.PARAGRAPHS and not parent.mixed:
            return "block" if parent.name in ("opml", "html") else "heading"
        if (parent.name, name) == ("ref-list", "ref"):  # elsewhere it is a link
            return "paragraph"
        for kind, known in _KINDS.items():
            if name in known and (self._document or kind != "item"):
                return kind
        inline = names.INLINE if self._document else names.TYPOGRAPHIC
        within = parent.mixed or (self._document and parent.kind == "paragraph")
        return "inline" if within or name in inline else "block"

    def _begin(self, line: int, kind: str, name: str, parent: _Element) -> None:
        if kind == "hidden":
            self._hidden += 1
            self.left_out += name == "binary"
        elif kind == "heading":
            self._heading = parent.above + 1
        elif kind == "verbatim":
            self._verbatim = len(self._open)
        elif kind == "row":
            self._row = (line, [])
        elif kind == "item":
            self._items += 1
            self._item_begins = True
        if kind in ("heading", "verbatim", "row"):
            self._in_list = False

    def _close(self, element: _Element) -> None:
        if element.kind == "hidden":
            self._hidden -= 1
        elif element.kind == "cell" and self._row is not None:
            self._row[1].append(self._joined())
        elif element.kind == "heading":
            self._end_heading()
        elif element.kind != "inline":
            self._end_block(element)

    def _end_block(self, element: _Element) -> None:
        if element.kind == "row" and self._row is not None:
            (line, cells), self._row = self._row, None
            self.builder.row(line, cells or [self._joined()], self._separator)
            self._separator = LINE
            return
        self.flush()
        if self._row is not None:
            return
        if element.kind == "verbatim":
            self._verbatim = 0
        elif element.kind == "item":
            self._items -= 1
            self._item_begins = False
            self._in_list = self._in_list and self._items >= 0
        elif element.holds and element.name not in names.TABLE_PARTS:
            self._separator = PARAGRAPH
            self._in_list = self._in_list and self._items > 0

    def _end_heading(self) -> None:
        level, self._heading = self._heading or 1, None
        line = next((line for line, text in self._pieces if text.strip()), 0)
        if not line or sum(len(text) for _, text in self._pieces) > _LONGEST_HEADING:
            self.flush()
            return
        text = self._joined()
        self.builder.title(line, level, text)
        parent = self._open[-2] if len(self._open) > 1 else self._open[-1]
        parent.headed = True
        if self._document or len(self._open) < 3 or parent.name in names.TITLED:
            self.title = self.title or text
        self._separator = PARAGRAPH if self._document else LINE

    def _joined(self) -> str:
        return " ".join(" ".join(text for _, text in self._taken()).split())

    def _taken(self) -> list[Line]:
        """The lines of the block that ends; none where it is blank."""
        pieces, self._pieces = self._pieces, []
        if is_encoded("".join(text for _, text in pieces)):
            self.left_out += 1
            return []
        lines = [(line, "".join(text for _, text in same)) for line, same in groupby(pieces, key=itemgetter(0))]
        return lines if any(text.strip() for _, text in lines) else []


_KINDS = {
    "verbatim": names.VERBATIM,
    "row": names.ROWS,
    "cell": names.CELLS,
    "paragraph": names.PARAGRAPHS,
    "item": names.ITEMS,
}


def _plain(text: str) -> str:
    """Text with the entities of HTML and of numbers as characters; others stay as they are."""
    return clean(html.unescape(text)) if "&" in text else text


def _values(attributes: Mapping[str, Line]) -> Iterator[Line]:
    for key, (line, value) in attributes.items():
        if value.strip() and not _HIDDEN_ATTRIBUTE.match(key):
            yield line, f"{key}={_plain(value)}"
