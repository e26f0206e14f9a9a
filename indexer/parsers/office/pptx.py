"""Presentations (.pptx): slide by slide the title, the texts as they are read, then notes and comments."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.office.drawings import add_drawing
from indexer.parsers.office.package import Package, document
from indexer.parsers.office.pptx_shapes import Layouts, Shape, frame_lines, shapes_of
from indexer.parsers.office.properties import core_properties
from indexer.parsers.office.tables import add_table
from indexer.parsers.office.xml import attribute, child, children, descendants, local, text_of

_KIND = "presentation"


class PptxParser:
    name = "pptx"
    label = "PowerPoint"
    version = "1"
    suffixes = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        with document(_KIND):
            package = Package(data, _KIND)
            main = next(iter(package.related("", "officeDocument")), "ppt/presentation.xml")
            root = package.xml(main)
            if root is None:
                raise ParseFailed("The file holds no presentation.", "Rename it with the suffix of its real format.")
            deck = _Deck(package, main, root)
            deck.read()
            declared, language, metadata = core_properties(package)
            title = declared or deck.builder.first_heading()
            return deck.builder.parsed(title, name=name, language=language, metadata={"slides": deck.count, **metadata})


class _Deck:
    def __init__(self, package: Package, main: str, root: etree._Element) -> None:
        self.builder = TextBuilder()
        self.count = 0
        self._package = package
        self._layouts = Layouts(package)
        self._main = main
        self._root = root
        self._authors = _authors(package, main)
        self._footers: dict[str, None] = {}  # each once, in the order in which they were met

    def read(self) -> None:
        relations = self._package.relations(self._main)
        listed = child(self._root, "sldIdLst")
        for entry in children(listed, "sldId") if listed is not None else ():
            relation = next((relations[value] for value in entry.attrib.values() if value in relations), None)
            root = self._package.xml(relation.target) if relation else None
            self.count += 1
            if root is not None and relation is not None:
                self.builder.locate("slide", str(self.count))
                self._slide(relation.target, root)
        for footer in self._footers:
            self.builder.add(footer)

    def _slide(self, part: str, root: etree._Element) -> None:
        layout = self._layouts.of_slide(part)
        self._footers |= dict.fromkeys(map(clean, layout.words))
        for shape in sorted(shapes_of(root, layout), key=lambda shape: not shape.is_title):
            self._shape(part, shape)
        for notes in self._package.related(part, "notesSlide"):
            self._notes(notes)
        for comments in self._package.related(part, "comments"):
            self._comments(comments)

    def _shape(self, part: str, shape: Shape) -> None:
        element = shape.element
        if shape.is_footer:
            self._footers.setdefault(clean(" ".join(frame_lines(element))))
        elif shape.is_title:
            self.builder.heading(1, clean(" ".join(frame_lines(element))))
        elif shape.kind == "table":
            rows = ([" ".join(frame_lines(cell)) for cell in children(row, "tc")] for row in descendants(element, "tr"))
            add_table(self.builder, list(rows))
        elif shape.kind == "drawing":
            add_drawing(self.builder, self._package, part, element)
        else:
            self.builder.add(clean("\n".join(frame_lines(element))))

    def _notes(self, part: str) -> None:
        root = self._package.xml(part)
        for shape in descendants(root, "sp") if root is not None else ():
            placeholder = child(shape, "nvSpPr", "nvPr", "ph")
            is_body = placeholder is not None and attribute(placeholder, "type") == "body"
            if is_body and (text := clean("\n".join(frame_lines(shape, dashes=False)))):
                self.builder.add(f"Notes: {text}")

    def _comments(self, part: str) -> None:
        root = self._package.xml(part)
        for comment in descendants(root, "cm", "reply") if root is not None else ():
            author = self._authors.get(attribute(comment, "authorId"), "")
            body = child(comment, "txBody")
            text = clean(text_of(child(comment, "text")) or (" ".join(_paragraphs(body)) if body is not None else ""))
            if text:
                self.builder.add(f"Comment ({author}): {text}" if author else f"Comment: {text}")


def _paragraphs(body: etree._Element) -> Iterator[str]:
    return (
        "".join("".join(text.itertext()) for text in descendants(paragraph, "t"))
        for paragraph in descendants(body, "p")
    )


def _authors(package: Package, main: str) -> dict[str, str]:
    """Who comments, by id."""
    found = {}
    for part in (*package.related(main, "commentAuthors"), *package.related(main, "authors")):
        root = package.xml(part)
        for author in root if root is not None else ():
            if local(author) in ("cmAuthor", "author"):
                found[attribute(author, "id")] = clean(attribute(author, "name")).strip()
    return found
