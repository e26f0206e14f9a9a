"""Vertical lines of Chinese, Japanese and Korean that PDFium cannot read, by pdfminer.six where it is installed.

PDFium takes glyphs of fonts that are not in the file for empty, and tells no character of vertical lines in them.
pdfminer.six needs no glyphs, but seconds for what PDFium reads in milliseconds: it gets the pages that need it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from engine.extras import needs
from indexer.parsers.pdf.page import Page, Piece
from indexer.parsers.pdf.pieces import framed

USER = "Vertical text in a PDF"
REMEDY = "Install winnow-search[pdf-vertical] and ingest the file again."
_PAGES = 500  # of a file
_DOWN = 3  # the frame of vertical lines
_STEP = (0.3, 2.0)  # of the size: how far below a character the next one of its line stands
_BESIDE = 0.6  # of the size: how far aside it may stand
_CMAPS = ("V", "EUC-V", "90ms-RKSJ-V", "UniJIS-UCS2-V", "UniJIS-UTF16-V", "UniGB-UCS2-V", "UniCNS-UCS2-V", "GBK-EUC-V")
_COLLECTIONS = ("Adobe-Japan1", "Adobe-GB1", "Adobe-CNS1", "Adobe-Korea1")


def is_available() -> bool:
    return find_spec("pdfminer") is not None


def preload() -> None:
    """Read modules and tables of characters now: whoever cannot open files later has them."""
    if not is_available():
        return
    with needs("pdf-vertical", USER):
        from pdfminer import converter, pdfinterp, pdfpage  # noqa: F401
        from pdfminer.cmapdb import CMapDB

    for name in _CMAPS:
        CMapDB.get_cmap(name)
    for collection in _COLLECTIONS:
        CMapDB.get_unicode_map(collection, vertical=True)


def add_vertical(data: bytes, pages: Sequence[Page]) -> None:
    """Put the vertical lines of pages from which PDFium could not read them into their pieces."""
    lost = {page.number - 1: page for page in pages if page.number <= _PAGES and page.is_lost}
    if not lost or not is_available():
        return
    for index, characters in _characters(data, set(lost)):
        page = lost[index]
        lines = [line for line in _lines(characters) if line.text]
        if lines:
            page.pieces = [piece for piece in page.pieces if piece.frame != _DOWN] + lines
            page.characters += sum(len(line.text) for line in lines)
            page.lost = 0


def _characters(data: bytes, wanted: set[int]) -> Iterator[tuple[int, list[Any]]]:
    """The index and the characters of each page. A file that pdfminer cannot read ends them."""
    with needs("pdf-vertical", USER):
        from pdfminer.converter import PDFPageAggregator
        from pdfminer.layout import LTChar
        from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
        from pdfminer.pdfpage import PDFPage

    manager = PDFResourceManager()
    device = PDFPageAggregator(manager, laparams=None)
    interpreter = PDFPageInterpreter(manager, device)
    try:
        for index, page in zip(sorted(wanted), PDFPage.get_pages(io.BytesIO(data), pagenos=wanted), strict=False):
            interpreter.process_page(page)
            yield index, [item for item in device.get_result() if isinstance(item, LTChar)]
    except Exception:  # whatever a damaged file makes it raise: the page stays among those that could not be read
        return


def _lines(characters: Sequence[Any]) -> Iterator[Piece]:
    line: list[Any] = []
    for character in characters:
        if line and not _is_below(line[-1], character):
            if len(line) > 1:
                yield _piece(line)
            line = []
        line.append(character)
    if len(line) > 1:
        yield _piece(line)


def _is_below(above: Any, character: Any) -> bool:
    size = max(above.size, character.size, 0.1)
    step = (above.y0 + above.y1 - character.y0 - character.y1) / 2
    aside = abs(above.x0 + above.x1 - character.x0 - character.x1) / 2
    return bool(_STEP[0] * size < step < _STEP[1] * size and aside < _BESIDE * size)


def _piece(line: Sequence[Any]) -> Piece:
    left, right = min(character.x0 for character in line), max(character.x1 for character in line)
    bottom, top = min(character.y0 for character in line), max(character.y1 for character in line)
    text = "".join(character.get_text() for character in line).strip()
    x0, y0, x1, y1 = framed(left, top, right, bottom, _DOWN)
    return Piece(text, x0, y0, x1, y1, y1 - y0, 0, _DOWN)
