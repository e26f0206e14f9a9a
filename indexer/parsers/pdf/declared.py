"""Headings that the file declares: bookmarks, which a viewer lists beside the pages, and the tags of a tagged PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pypdfium2 import raw as pdfium

from indexer.parsers.decoding import clean
from indexer.parsers.pdf.calls import wide
from indexer.parsers.pdf.headings import Bookmark
from indexer.parsers.pdf.page import Piece

_BOOKMARKS = 10_000
_NESTED = 20
_ELEMENTS = 20_000  # elements of a page
_NESTED_ELEMENTS = 60
_HEADING = re.compile(r"H([1-6])?|Title")


def bookmarks(document: Any) -> list[Bookmark]:
    """Bookmarks in order. A tree that bites its own tail ends after `_BOOKMARKS`."""
    found: list[Bookmark] = []
    visited = 0
    waiting = [(1, pdfium.FPDFBookmark_GetFirstChild(document, None))]
    while waiting and visited < _BOOKMARKS:
        level, bookmark = waiting.pop()
        if not bookmark:
            continue
        visited += 1
        title = " ".join(clean(wide(pdfium.FPDFBookmark_GetTitle, bookmark)).split())
        page = _page(document, bookmark)
        if title and page >= 0:
            found.append(Bookmark(level, title, page + 1))
        waiting.append((level, pdfium.FPDFBookmark_GetNextSibling(document, bookmark)))
        if level < _NESTED:
            waiting.append((level + 1, pdfium.FPDFBookmark_GetFirstChild(document, bookmark)))
    return found


def _page(document: Any, bookmark: Any) -> int:
    """The index of the page that it leads to; -1 if it leads to none."""
    destination = pdfium.FPDFBookmark_GetDest(document, bookmark)
    if not destination:
        action = pdfium.FPDFBookmark_GetAction(bookmark)
        destination = pdfium.FPDFAction_GetDest(document, action) if action else None
    return int(pdfium.FPDFDest_GetDestPageIndex(document, destination)) if destination else -1


def mark_tagged(page: Any, text_page: Any, pieces: Sequence[Piece]) -> None:
    """Set the level of the pieces that a heading's element marks."""
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return
    try:
        levels = _marked(tree)
    finally:
        pdfium.FPDF_StructTree_Close(tree)
    if not levels:
        return
    for piece in pieces:
        text_object = pdfium.FPDFText_GetTextObject(text_page, piece.first)
        if text_object:
            piece.level = levels.get(pdfium.FPDFPageObj_GetMarkedContentID(text_object), 0)


def _marked(tree: Any) -> dict[int, int]:
    """Heading levels by the id of the marked content."""
    levels: dict[int, int] = {}
    waiting = [
        (pdfium.FPDF_StructTree_GetChildAtIndex(tree, i), 0, 0)
        for i in range(min(_ELEMENTS, max(0, pdfium.FPDF_StructTree_CountChildren(tree))))
    ]
    visited = 0
    while waiting and visited < _ELEMENTS:
        element, depth, level = waiting.pop()
        if not element:
            continue
        visited += 1
        kind = _HEADING.fullmatch(wide(pdfium.FPDF_StructElement_GetType, element))
        level = int(kind[1] or 1) if kind else level
        children = min(_ELEMENTS, max(0, pdfium.FPDF_StructElement_CountChildren(element)))
        if level:
            for i in range(min(_ELEMENTS, max(0, pdfium.FPDF_StructElement_GetMarkedContentIdCount(element)))):
                levels[pdfium.FPDF_StructElement_GetMarkedContentIdAtIndex(element, i)] = level
            for i in range(children):
                levels[pdfium.FPDF_StructElement_GetChildMarkedContentID(element, i)] = level
        if depth < _NESTED_ELEMENTS:
            waiting += [
                (pdfium.FPDF_StructElement_GetChildAtIndex(element, i), depth + 1, level) for i in range(children)
            ]
    levels.pop(-1, None)
    return levels
