"""The sheets of an Excel package and the comments in them, which calamine does not read."""

from __future__ import annotations

from collections.abc import Iterator

from indexer.parsers.decoding import clean
from indexer.parsers.office.package import Package
from indexer.parsers.office.xml import attribute, child, children, descendants, text_of


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


def sheet_comments(package: Package) -> dict[str, list[str]]:
    """`Comment on B2 (Author): text` for each comment, by the name of its sheet."""
    people = _people(package)
    return {
        sheet: [*_threads(package, part, people)] or [*_notes(package, part)] for sheet, part in sheet_parts(package)
    }


def _people(package: Package) -> dict[str, str]:
    main = next(iter(package.related("", "officeDocument")), "xl/workbook.xml")
    found = {}
    for part in package.related(main, "person"):
        root = package.xml(part)
        for person in children(root, "person") if root is not None else ():
            found[attribute(person, "id")] = attribute(person, "displayName")
    return found


def _threads(package: Package, part: str, people: dict[str, str]) -> Iterator[str]:
    for name in package.related(part, "threadedComment"):
        root = package.xml(name)
        for comment in children(root, "threadedComment") if root is not None else ():
            author = people.get(attribute(comment, "personId"), "")
            yield from _line(attribute(comment, "ref"), author, text_of(child(comment, "text")))


def _notes(package: Package, part: str) -> Iterator[str]:
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


def _line(cell: str, author: str, text: str) -> Iterator[str]:
    if text:
        yield clean(f"Comment on {cell} ({author}): {text}" if author else f"Comment on {cell}: {text}")
