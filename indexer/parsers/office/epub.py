"""Books (.epub): the chapters in the order of the spine, each read as HTML; its file is the anchor that leads there."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree, html

from engine.errors import ParseFailed
from engine.types import MetadataValue
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean, decode
from indexer.parsers.htmltext import HIDDEN, add_html, parse_tree
from indexer.parsers.office.package import Package, document, resolved
from indexer.parsers.office.properties import properties
from indexer.parsers.office.xml import attribute, child, children, descendants, local, text_of
from indexer.parsers.web.restoring import restore_elements

_KIND = "book"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
_CLOSED = re.compile(r"<(script|style|title|textarea|iframe|noscript|template|a|p|div|span|i|b|em|h[1-6])\b([^<>]*?)/>")
_ENCODING = re.compile(rb"<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)")
_PAGE_NUMBERS = "//*[contains(concat(' ', @*[name()='epub:type'], ' '), ' pagebreak ') or @role='doc-pagebreak']"
_NUMBER = 20  # characters of "page xxviii"; what is longer is text
_HEADINGS = tuple(f"h{level}" for level in range(1, 7))


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry of the book's manifest: `href` as the book writes it, `part` as the package names it."""

    href: str
    part: str
    kind: str
    properties: str


class EpubParser:
    name = "epub"
    label = "EPUB"
    version = "4"
    suffixes = (".epub",)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        with document(_KIND):
            package = Package(data, _KIND)
            opf = _opf(package)
            root = package.xml(opf)
            if root is None:
                raise ParseFailed("The file holds no book.", "Rename it with the suffix of its real format.")
            return _book(package, opf, root, name)


def _opf(package: Package) -> str:
    """The part that lists the others."""
    container = package.xml("META-INF/container.xml")
    for rootfile in descendants(container, "rootfile") if container is not None else ():
        if (path := unquote(attribute(rootfile, "full-path"))) in package:
            return path
    return next((name for name in package.names if name.endswith(".opf")), "")


def _book(package: Package, opf: str, root: etree._Element, name: str) -> Parsed:
    items = _manifest(opf, root)
    spine = [items[reference] for reference in _spine(root) if reference in items]
    _check_encryption(package, spine)
    labels = _labels(package, items)
    builder, remarks = TextBuilder(), list[str]()
    for item in spine:
        if "nav" not in item.properties.split() and item.kind in _PAGES:
            _chapter(builder, package, item, labels.get(item.part, ""), remarks)
    facts = child(root, "metadata")
    declared, language, metadata = properties(facts if facts is not None else ())
    title = declared or builder.first_heading()
    return builder.parsed(title, name=name, language=language, metadata=_described(metadata), remarks=remarks)


def _manifest(opf: str, root: etree._Element) -> dict[str, _Item]:
    folder = posixpath.dirname(opf)
    manifest = child(root, "manifest")
    return {
        attribute(item, "id"): _Item(
            clean(attribute(item, "href")),
            resolved(folder, unquote(attribute(item, "href"))),
            attribute(item, "media-type"),
            attribute(item, "properties"),
        )
        for item in (children(manifest, "item") if manifest is not None else ())
    }


def _spine(root: etree._Element) -> list[str]:
    spine = child(root, "spine")
    listed = children(spine, "itemref") if spine is not None else ()
    return list(dict.fromkeys(attribute(item, "idref") for item in listed))


def _check_encryption(package: Package, spine: list[_Item]) -> None:
    """Raise ParseFailed if chapters are encrypted; fonts often are."""
    root = package.xml("META-INF/encryption.xml")
    hidden = (
        {unquote(attribute(found, "URI")) for found in descendants(root, "CipherReference")} if root is not None else ()
    )
    if any(item.part in hidden for item in spine):
        raise ParseFailed("The book is encrypted (DRM).", "Ingest a copy without copy protection.")


def _labels(package: Package, items: dict[str, _Item]) -> dict[str, str]:
    """The title of each file in the table of contents: the first entry that leads there."""
    found: dict[str, str] = {}
    for item in items.values():
        folder = posixpath.dirname(item.part)
        if item.kind == "application/x-dtbncx+xml":
            root = package.xml(item.part)
            for point in descendants(root, "navPoint") if root is not None else ():
                target = attribute(child(point, "content"), "src")
                found.setdefault(_file(folder, target), clean(text_of(child(point, "navLabel"))))
        elif "nav" in item.properties.split():
            root = package.xml(item.part)
            for link in descendants(root, "a") if root is not None else ():
                found.setdefault(_file(folder, attribute(link, "href")), clean(text_of(link)))
    return found


def _file(folder: str, target: str) -> str:
    return resolved(folder, unquote(target.partition("#")[0]))


def _chapter(builder: TextBuilder, package: Package, item: _Item, label: str, remarks: list[str]) -> None:
    data = package.read(item.part)
    if not data.strip():
        remarks.append(f"The chapter {item.href} is missing in the book.")
        return
    declared = _ENCODING.match(data.lstrip())
    source = decode(data, declared=declared[1].decode() if declared else None, remarks=remarks)
    tree = parse_tree(_CLOSED.sub(r"<\1\2></\1>", source))  # in HTML such elements are never empty
    if tree is None or not _has_words(tree):  # a picture, such as the cover
        return
    restore_elements(tree)
    for number in tree.xpath(_PAGE_NUMBERS):  # of the book in print, in the middle of sentences
        if len(number.text_content().strip()) <= _NUMBER:
            number.drop_tree()
    builder.locate("anchor", item.href)
    if label and not any(local(found) in _HEADINGS for found in tree.iter()):
        builder.heading(1, label)
    add_html(builder, tree, drop=HIDDEN)


def _has_words(tree: html.HtmlElement) -> bool:
    body = tree.find("body")
    return body is not None and bool(
        body.text_content().strip() or body.xpath("boolean(.//img[normalize-space(@alt)])")
    )


def _described(metadata: dict[str, MetadataValue]) -> dict[str, MetadataValue]:
    """The same, without markup in the description: shops write HTML there."""
    words = metadata.get("description")
    tree = parse_tree(words) if isinstance(words, str) and "<" in words else None
    return metadata if tree is None else metadata | {"description": " ".join(tree.text_content().split())}
