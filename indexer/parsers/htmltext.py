"""Readable text and headings of an HTML tree. Markdown is rendered to HTML and read by the same walk."""

from __future__ import annotations

import re
from html import escape
from itertools import dropwhile

from lxml import etree, html

from engine.errors import ParseFailed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.web.walk import Walk

# Never shown as text by a browser, or controls rather than content.
HIDDEN = tuple(
    "script style noscript template svg iframe object audio video canvas head select button datalist".split()  # noqa: SIM905
)
_HEAD = frozenset("base basefont bgsound link meta noframes noscript script style template title".split())  # noqa: SIM905
_ANNOTATIONS = ("annotation", "annotation-xml")  # of a formula: the same in another notation
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)  # lxml drops what follows; browsers show it
_MARKED_SECTION = re.compile(r"<!\[CDATA\[((?:(?!<!\[CDATA\[).)*?)\]\]>", re.DOTALL)  # text of XHTML


def parse_tree(source: str) -> html.HtmlElement | None:
    """The tree of a page or of a fragment; None where there is nothing in it.

    Raises:
        ParseFailed: the elements are nested so deeply (2,048) that the rest would be lost, or memory ran out.
    """
    source = _MARKED_SECTION.sub(lambda section: escape(section[1], quote=False), _ENDS.sub("", source))
    # As bytes: lxml refuses a str that declares an encoding. A huge tree: the default drops what is nested deeply.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(source.encode("utf-8"), parser=parser, ensure_head_body=True)
    except (etree.ParserError, etree.XMLSyntaxError):
        tree = None
    if any("xcessive depth" in entry.message for entry in parser.error_log):
        raise ParseFailed("The elements are nested too deeply.", "Flatten them.")
    if any(entry.type == etree.ErrorTypes.ERR_NO_MEMORY for entry in parser.error_log):  # lxml gives no MemoryError
        raise ParseFailed("The elements take more memory than there is.", "Split the document.")
    if tree is not None:
        _end_head(tree)
    return tree


def _end_head(tree: html.HtmlElement) -> None:
    """Move into the body what no head holds. The tags of both may be left out, and lxml ends a head at elements of
    HTML 4 only: of a page that begins with `<title>` and `<main>` it would be all.
    """
    head, body = tree.find("head"), tree.find("body")
    moved = [] if head is None or body is None else list(dropwhile(lambda element: element.tag in _HEAD, head))
    if moved:
        moved[-1].tail = (moved[-1].tail or "") + (body.text or "")
        body.text = None
        body[:0] = moved


def add_html(builder: TextBuilder, tree: html.HtmlElement, drop: tuple[str, ...] = HIDDEN) -> None:
    """Append the text under `tree` to `builder`, block by block, with its headings and their anchors. Elements named in
    `drop` are removed from the tree.
    """
    etree.strip_elements(tree, *drop, *_ANNOTATIONS, with_tail=False)
    walk = Walk(builder, tree)
    # iterwalk keeps its own stack, so nesting of any depth is safe.
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            walk.start(element)
        else:
            walk.end(element)
            if element is not tree:
                walk.write(element.tail)
    walk.flush()
