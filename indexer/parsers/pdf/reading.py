"""All that PDFium is asked for: pages, bookmarks, tags, fields, and what the file says of itself."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pypdfium2 import PdfDocument, PdfiumError
from pypdfium2 import raw as pdfium

from engine.errors import ParseFailed
from indexer.parsers.decoding import clean
from indexer.parsers.metadata import language_code
from indexer.parsers.pdf.about import FIELDS
from indexer.parsers.pdf.calls import wide
from indexer.parsers.pdf.declared import bookmarks, mark_tagged
from indexer.parsers.pdf.forms import add_annotations
from indexer.parsers.pdf.furniture import Facts, Furniture
from indexer.parsers.pdf.headings import Bookmark
from indexer.parsers.pdf.page import Page
from indexer.parsers.pdf.paragraphs import Part
from indexer.parsers.pdf.pieces import read_pieces
from indexer.parsers.pdf.quality import is_unreadable

_PASSWORD = 4  # FPDF_ERR_PASSWORD, https://pdfium.googlesource.com/pdfium/+/refs/heads/main/public/fpdfview.h
_FEW = 100  # characters of a page up to which it is asked whether some could not be read
_PER_OBJECT = 8  # characters of an average object, below which the same is asked
_EMPTY = 2  # bytes of a string of which nothing but the end is there
_OBJECTS = 20_000  # of a page that are looked at
_DRAWN = 50  # lines and curves from which a page without text shows a picture
_COVERED = 0.5  # share of a page under an image that is the page
_SAME = 0.1  # points
_ATTACHMENTS = 100


_LONG = 32  # pages from which a second process may read half of them

Scan = Callable[[Any, Page], None]  # pypdfium2's page, and what was read of it


class Rest(Protocol):
    """The later pages of a long document, of which another process makes parts of the document meanwhile."""

    def facts(self) -> list[Facts] | None:
        """Facts of the pages from which it is told what is furniture; None where they cannot be read."""
        ...

    def part(self, furniture: Furniture) -> Callable[[], Part]:
        """Have the part made; the function waits for it. EOFError where nobody makes it any more."""
        ...


@dataclass(slots=True)
class Reading:
    """A PDF as PDFium tells it. `about` are the fields of its information by their names in PDF.

    `later` are the facts of pages behind `pages` which somebody else has read.
    """

    pages: list[Page] = field(default_factory=list)
    later: list[Facts] = field(default_factory=list)
    bookmarks: list[Bookmark] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    language: str | None = None
    attachments: list[str] = field(default_factory=list)
    ocr: bool = False  # it was asked for


def read(data: bytes, max_pages: int | None, scan: Scan | None = None, rest: Rest | None = None) -> Reading:
    """Read everything, pages that show unreadable text by `scan`. Not thread-safe: PDFium is not.

    `rest` is asked for the facts of the later pages of a long document, which it reads meanwhile by `read_rest`.

    Raises:
        ParseFailed: it cannot be opened, has more pages than `max_pages`, or is damaged.
    """
    with _opened(data, max_pages) as document, _filled_form(document.raw) as form:
        return _read(document, form, scan, rest)


def read_rest(data: bytes, max_pages: int | None) -> list[Page]:
    """Read the later pages of a long document, those that `read` leaves to its `rest`. Raises what `read` does."""
    with _opened(data, max_pages) as document, _filled_form(document.raw) as form:
        count = len(document)
        return _pages(document, range(_first_of_rest(count), count), form, None)


@contextmanager
def _opened(data: bytes, max_pages: int | None) -> Iterator[PdfDocument]:
    """The open document. ParseFailed as `read` raises it."""
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        raise _explained(error) from error
    try:
        if max_pages is not None and len(document) > max_pages:
            raise ParseFailed(f"The PDF has {len(document)} pages; {max_pages} are allowed.", "Split it.")
        yield document
    except (PdfiumError, UnicodeError) as error:
        raise ParseFailed(
            f"The PDF is damaged: {_reason(error)}.", "Save it again from the program that made it."
        ) from error
    finally:
        document.close()


def _read(document: PdfDocument, form: Any, scan: Scan | None, rest: Rest | None) -> Reading:
    count = len(document)
    here = count if rest is None else _first_of_rest(count)
    pages = _pages(document, range(here), form, scan)
    later = rest.facts() if rest and here < count else None
    if later is None:
        pages += _pages(document, range(here, count), form, scan)
    return Reading(
        pages=pages,
        later=later or [],
        bookmarks=bookmarks(document.raw),
        about={name: clean(wide(pdfium.FPDF_GetMetaText, document.raw, name.encode())).strip() for name in FIELDS},
        language=language_code(wide(pdfium.FPDFCatalog_GetLanguage, document.raw)),
        attachments=_attachments(document.raw),
        ocr=scan is not None,
    )


def _first_of_rest(count: int) -> int:
    """The first page that another process reads, of so many: all are read in one where they are few."""
    return count if count < _LONG else -(-count // 2)


def _pages(document: PdfDocument, indices: range, form: Any, scan: Scan | None) -> list[Page]:
    tagged = bool(pdfium.FPDFCatalog_IsTagged(document.raw))
    return [_page(document, index, form, tagged, scan) for index in indices]


@contextmanager
def _filled_form(document: Any) -> Iterator[Any]:
    """PDFium's handle of the document's form; None where it has none."""
    if pdfium.FPDF_GetFormType(document) == pdfium.FORMTYPE_NONE:
        yield None
        return
    information = pdfium.FPDF_FORMFILLINFO(version=2)  # must live as long as the handle
    form = pdfium.FPDFDOC_InitFormFillEnvironment(document, information)
    try:
        yield form
    finally:
        pdfium.FPDFDOC_ExitFormFillEnvironment(form)


def _page(document: PdfDocument, index: int, form: Any, tagged: bool, scan: Scan | None) -> Page:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            result = read_pieces(page, text_page, index + 1)
            if tagged and result.pieces:
                mark_tagged(page.raw, text_page.raw, result.pieces)
            _look_at_objects(page.raw, text_page.raw, result)
            if form:
                pdfium.FORM_OnAfterLoadPage(page.raw, form)  # else no box of it is ticked
            if scan is not None and (result.is_picture or is_unreadable(result)):
                scan(page, result)
            add_annotations(page.raw, form, result)
            return result
        finally:
            if form:
                pdfium.FORM_OnBeforeClosePage(page.raw, form)
            text_page.close()
    finally:
        page.close()


def _look_at_objects(page: Any, text_page: Any, result: Page) -> None:
    """Count what a page shows beside its text: pictures, and vertical text of which PDFium tells no character."""
    if result.characters > _FEW and not result.ideographs:
        return
    count = min(_OBJECTS, max(0, pdfium.FPDFPage_CountObjects(page)))
    if result.characters > _PER_OBJECT * count:
        return
    drawn = 0
    silent = []
    for index in range(count):
        item = pdfium.FPDFPage_GetObject(page, index)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            if pdfium.FPDFTextObj_GetText(item, text_page, None, 0) <= _EMPTY:
                silent.append(item)
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            drawn += 1
        else:
            result.pictured = True
            result.covered = result.covered or (kind == pdfium.FPDF_PAGEOBJ_IMAGE and _covers(page, item))
    result.pictured = result.pictured or drawn >= _DRAWN
    result.lost = _vertical(silent)


def _covers(page: Any, item: Any) -> bool:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    whole = pdfium.FPDF_GetPageWidthF(page) * pdfium.FPDF_GetPageHeightF(page)
    return bool((right.value - left.value) * (top.value - bottom.value) > _COVERED * whole)


def _vertical(items: list[Any]) -> int:
    """How many of the text objects run downwards, or follow each other downwards in equal steps."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    count = 0
    place = step = (0.0, 0.0)
    for item in items:
        if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            continue
        before, place = place, (left.value, top.value)
        last, step = step, (place[0] - before[0], place[1] - before[1])
        tall = top.value - bottom.value > max(2.0, 2 * (right.value - left.value))
        stacked = abs(step[0]) < _SAME and step[1] < -1.0 and abs(step[1] - last[1]) < _SAME
        count += tall or stacked
    return count


def _attachments(document: Any) -> list[str]:
    count = min(_ATTACHMENTS, max(0, pdfium.FPDFDoc_GetAttachmentCount(document)))
    files = (pdfium.FPDFDoc_GetAttachment(document, index) for index in range(count))
    names = [clean(wide(pdfium.FPDFAttachment_GetName, file)) for file in files if file]
    return [name for name in names if not name.endswith(".joboptions")]  # how it was made: by some programs, always


def _explained(error: PdfiumError) -> ParseFailed:
    if getattr(error, "err_code", None) == _PASSWORD:
        return ParseFailed("The PDF is encrypted and asks for a password.", "Save a copy without the password.")
    return ParseFailed(f"The PDF cannot be opened: {_reason(error)}.", "Save it again from the program that made it.")


def _reason(error: Exception) -> str:
    return str(error).rstrip(".")
