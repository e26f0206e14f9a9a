"""OpenDocument files: texts, spreadsheets, presentations and drawings of LibreOffice and others, packed or flat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from lxml import etree

from engine.errors import ParseFailed
from engine.types import LocatorKind
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.office.odf_text import MAX_HEADING, Objects, OdfBody, lines_of, margins, table_rows, titles
from indexer.parsers.office.package import Package, document, resolved
from indexer.parsers.office.properties import properties
from indexer.parsers.office.tables import add_sheet, add_table
from indexer.parsers.office.xml import attribute, child, children, descendants, local, parse_xml, text_of

_KIND = "OpenDocument file"
_FLAT = (".fodt", ".fods", ".fodp", ".fodg")
_PROGRAMS = ("header", "footer", "date-time", "page-number")  # what stands on each slide
_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?)(cm|mm|in|pt|px)?")
_UNITS = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 0.0353, "px": 0.0265, None: 1.0}
_ROW = 0.8  # cm: what begins as high as that stands in one row
_DEFAULT = re.compile(r"\w+\d{1,3}")  # names of sheets that programs give


class OpenDocumentParser:
    name = "opendocument"
    label = "OpenDocument"
    version = "3"
    suffixes = (".odt", ".ott", ".odm", ".ods", ".ots", ".odp", ".otp", ".odg", *_FLAT)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        with document(_KIND):
            if not data.startswith(b"PK") and name.lower().endswith(_FLAT):
                root = parse_xml(data, name)
                return _document(root, root, child(root, "meta"), name, lambda _: None)
            package = Package(data, _KIND)
            if b"encryption-data" in package.read("META-INF/manifest.xml"):
                raise ParseFailed("The file is encrypted.", "Save a copy without the password.")
            content = package.xml("content.xml")
            if content is None:
                raise ParseFailed("The file holds no OpenDocument.", "Rename it with the suffix of its real format.")
            meta = child(package.xml("meta.xml"), "meta")
            return _document(content, package.xml("styles.xml"), meta, name, partial(_embedded, package))


def _embedded(package: Package, name: str) -> etree._Element | None:
    return package.xml(resolved("", f"{name}/content.xml")) if name else None


def _document(
    content: etree._Element, styles: etree._Element | None, meta: etree._Element | None, name: str, objects: Objects
) -> Parsed:
    builder = TextBuilder()
    body = OdfBody(builder, titles((content, styles)), objects)
    office = child(content, "body")
    for part in office if office is not None else ():
        match local(part):
            case "spreadsheet":
                _sheets(builder, body, part)
            case "presentation":
                _pages(builder, body, part, "slide")
                for words in _masters(styles) if styles is not None else ():
                    builder.add(words)
            case "drawing":
                _pages(builder, body, part, "page")
            case _:
                body.blocks(part)
                for margin in margins(styles) if styles is not None else ():
                    builder.add(margin)
    declared, language, metadata = properties(_facts(meta) if meta is not None else ())
    title = body.title or declared or builder.first_heading()
    return builder.parsed(title, name=name, language=language, metadata=metadata)


def _facts(meta: etree._Element) -> list[etree._Element]:
    """The properties, without who edited the document last where its author is named."""
    authored = child(meta, "initial-creator") is not None
    return [fact for fact in meta if not (authored and local(fact) == "creator")]


def _sheets(builder: TextBuilder, body: OdfBody, spreadsheet: etree._Element) -> None:
    for number, sheet in enumerate(children(spreadsheet, "table"), start=1):
        rows = table_rows(sheet)
        name = clean(attribute(sheet, "name"))
        named = bool(name) and _DEFAULT.fullmatch(name) is None
        name = name or str(number)
        add_sheet(builder, name, ((row.number, row.cells) for row in rows), headed=named)
        for row in (row for row in rows if row.aside):
            builder.locate("sheet", name)
            builder.locate("line", str(row.number))
            body.aside(row.aside)
        builder.locate("sheet", name)
        for shapes in children(sheet, "shapes"):
            body.blocks(shapes)


def _pages(builder: TextBuilder, body: OdfBody, presentation: etree._Element, kind: LocatorKind) -> None:
    """Slide by slide the title, the frames from top to bottom, then notes and comments."""
    for number, page in enumerate(children(presentation, "page"), start=1):
        builder.locate(kind, str(number))
        frames = [frame for frame in page if local(frame) not in ("notes", "annotation")]
        for frame in sorted(frames, key=_place):
            role = attribute(frame, "class")
            if role == "title":
                _title(builder, lines_of(frame))
            elif role not in _PROGRAMS:
                _frame(builder, body, frame)
        for notes in children(page, "notes"):
            lines = [line for frame in notes if attribute(frame, "class") == "notes" for line in lines_of(frame)]
            if lines:
                builder.add("\n".join([f"Notes: {lines[0]}", *lines[1:]]))
        body.aside(children(page, "annotation"))


def _title(builder: TextBuilder, lines: Sequence[str]) -> None:
    """The title of a slide; a whole text that stands in its place is none."""
    title = " ".join(line.strip().removeprefix("- ") for line in lines)
    if len(title) <= MAX_HEADING:
        builder.heading(1, title)
    else:
        builder.add("\n".join(lines))


def _masters(styles: etree._Element) -> dict[str, None]:
    """The texts that stand on every slide, once."""
    frames = (frame for master in descendants(styles, "master-page") for frame in master)
    shown = (frame for frame in frames if attribute(frame, "class") in ("", "footer") and local(frame) != "notes")
    numbers = ("page-number", "date", "time")
    return dict.fromkeys(
        "\n".join(lines_of(frame)) for frame in shown if next(descendants(frame, *numbers), None) is None
    )


def _frame(builder: TextBuilder, body: OdfBody, frame: etree._Element) -> None:
    """A text, a table, or a group of those."""
    if local(frame) == "g":
        for part in sorted(frame, key=_place):
            _frame(builder, body, part)
        return
    tables = list(descendants(frame, "table"))
    for table in tables:
        add_table(builder, [row.cells for row in table_rows(table)])
    if not tables:
        builder.add("\n".join(lines_of(frame)))
        body.aside(descendants(frame, "object"))
        for words in descendants(frame, "desc"):
            builder.add(clean(text_of(words)))


def _place(frame: etree._Element) -> tuple[bool, int, float]:
    """Titles first, then by rows, from the left in each."""
    return attribute(frame, "class") != "title", int(_length(frame, "y") / _ROW), _length(frame, "x")


def _length(frame: etree._Element, name: str) -> float:
    found = _LENGTH.match(attribute(frame, name))
    return float(found[1]) * _UNITS[found[2]] if found else 0.0
