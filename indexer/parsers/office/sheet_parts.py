"""The sheets of an Excel package, and what hangs on them and calamine does not read: comments, shapes, charts."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_letters

from lxml import etree

from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.office.drawings import add_drawing
from indexer.parsers.office.package import Package
from indexer.parsers.office.xml import attribute, child, children, descendants, local, text_of


def sheet_parts(package: Package) -> Iterator[tuple[str, str]]:
    """Name and part of each sheet of a workbook in XML."""
    main = next(iter(package.related("", "officeDocument")), "xl/workbook.xml")
    root = package.xml(main) if main.lower().endswith(".xml") else None
    relations = package.relations(main)
    listed = child(root, "sheets")
    for sheet in children(listed, "sheet") if listed is not None else ():
        relation = relations.get(attribute(sheet, "id"))
        if relation is not None and relation.target in package:
            yield attribute(sheet, "name"), relation.target


def add_hanging(builder: TextBuilder, package: Package, part: str, sheet: str) -> None:
    """Append `Comment on B2 (Author): text` for each comment of a sheet, then its shapes and charts, each where it
    stands.
    """
    for cell, comment in [*_threads(package, part)] or [*_notes(package, part)]:
        _place(builder, sheet, cell.lstrip(ascii_letters))
        builder.add(comment)
    for name in package.related(part, "drawing"):
        root = package.xml(name)
        for element in descendants(root, "txBody", "chart", "relIds") if root is not None else ():
            _place(builder, sheet, _row(element))
            if local(element) != "txBody":
                add_drawing(builder, package, name, element)
            else:
                lines = (text_of(paragraph) for paragraph in children(element, "p"))
                builder.add(clean("\n".join(filter(None, lines))))


def _place(builder: TextBuilder, sheet: str, row: str) -> None:
    """Note the row of what comes next; without one it stands on the sheet."""
    builder.locate("sheet", sheet)
    if row.isdecimal():
        builder.locate("line", row)


def _row(element: etree._Element) -> str:
    """The row, from 1, of the cell that a shape or a chart is fixed to; "" if it is fixed to none."""
    anchor = next(element.iterancestors("{*}twoCellAnchor", "{*}oneCellAnchor"), None)
    number = text_of(child(anchor, "from", "row"))
    return str(int(number) + 1) if number.isdecimal() else ""


def _people(package: Package) -> dict[str, str]:
    main = next(iter(package.related("", "officeDocument")), "xl/workbook.xml")
    found = {}
    for part in package.related(main, "person"):
        root = package.xml(part)
        for person in children(root, "person") if root is not None else ():
            found[attribute(person, "id")] = attribute(person, "displayName")
    return found


def _threads(package: Package, part: str) -> Iterator[tuple[str, str]]:
    people = _people(package)
    for name in package.related(part, "threadedComment"):
        root = package.xml(name)
        for comment in children(root, "threadedComment") if root is not None else ():
            author = people.get(attribute(comment, "personId"), "")
            yield from _line(attribute(comment, "ref"), author, text_of(child(comment, "text")))


def _notes(package: Package, part: str) -> Iterator[tuple[str, str]]:
    for name in package.related(part, "comments"):
        root = package.xml(name) if name.lower().endswith(".xml") else None
        if root is None:
            continue
        authors = [text_of(author) for author in descendants(root, "author")]
        for comment in descendants(root, "comment"):
            number = attribute(comment, "authorId")
            author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
            text = text_of(child(comment, "text")).removeprefix(f"{author}:").strip()
            yield from _line(attribute(comment, "ref"), author, text)


def _line(cell: str, author: str, text: str) -> Iterator[tuple[str, str]]:
    if text:
        yield cell, clean(f"Comment on {cell} ({author}): {text}" if author else f"Comment on {cell}: {text}")
