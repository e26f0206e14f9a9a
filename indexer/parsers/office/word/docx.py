"""Word documents (.docx): the body in its order, each note and comment after the paragraph that it hangs on.

The file's XML is read as it is. Libraries for it model neither text boxes, notes, tracked changes nor charts, so that
their own walk would have to be left aside.
"""

from __future__ import annotations

from lxml import etree

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.office.package import Package, document
from indexer.parsers.office.properties import core_properties
from indexer.parsers.office.word.body import Body, notes_of
from indexer.parsers.office.word.numbering import Numbering
from indexer.parsers.office.word.styles import Styles

_KIND = "Word document"


class DocxParser:
    name = "docx"
    label = "Word"
    version = "3"
    suffixes = (".docx", ".docm", ".dotx", ".dotm")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        with document(_KIND):
            package = Package(data, _KIND)
            main = next(iter(package.related("", "officeDocument")), "word/document.xml")
            root = package.xml(main)
            if root is None:
                raise ParseFailed("The file holds no Word document.", "Rename it with the suffix of its real format.")
            return _document(package, main, root, name)


def _document(package: Package, main: str, root: etree._Element, name: str) -> Parsed:
    builder = TextBuilder()
    styles = Styles(_part(package, main, "styles"))
    notes = {
        "footnoteReference": notes_of(_part(package, main, "footnotes"), "footnote"),
        "endnoteReference": notes_of(_part(package, main, "endnotes"), "endnote"),
        "commentReference": notes_of(_part(package, main, "comments"), "comment"),
    }
    body = Body(builder, package, styles, Numbering(_part(package, main, "numbering"), styles), notes)
    body.read(main, root)
    body.rest()
    _margins(builder, package, main, body)
    declared, language, metadata = core_properties(package)
    title = body.title or declared or builder.first_heading()
    return builder.parsed(title, name=name, language=language, metadata=metadata, remarks=_remarks(body))


def _part(package: Package, main: str, kind: str) -> etree._Element | None:
    name = next(iter(package.related(main, kind)), "")
    return package.xml(name) if name else None


def _margins(builder: TextBuilder, package: Package, main: str, body: Body) -> None:
    """Headers and footers, each text once."""
    seen: set[str] = set()
    for kind in ("header", "footer"):
        for name in package.related(main, kind):
            root = package.xml(name)
            text = body.lines(root) if root is not None else ""
            if text not in seen:
                seen.add(text)
                builder.add(text)


def _remarks(body: Body) -> tuple[str, ...]:
    if not body.foreign:
        return ()
    return (f"The document embeds parts in other formats ({body.foreign}), which were left out.",)
