"""PDF: the text layer by pypdfium2, its lines joined to paragraphs again."""

from __future__ import annotations

import threading
from pathlib import PurePath

from pypdfium2 import PdfDocument, PdfiumError

from engine.errors import ParseFailed
from engine.types import MetadataValue
from indexer.parsers.base import Parsed
from indexer.parsers.decoding import clean
from indexer.parsers.metadata import language_code
from indexer.parsers.pdflines import join_lines

_PASSWORD = 4  # FPDF_ERR_PASSWORD, https://pdfium.googlesource.com/pdfium/+/refs/heads/main/public/fpdfview.h
_TITLE_LENGTH = 120

_lock = threading.Lock()  # PDFium is not thread-safe, not even for separate documents


class PdfParser:
    name = "pdf"
    label = "PDF"
    version = "2"
    suffixes = (".pdf",)

    def __init__(self, *, max_pages: int | None = None) -> None:
        self._max_pages = max_pages

    def parse(self, data: bytes, *, name: str) -> Parsed:
        with _lock:
            pages, info = _read(data, self._max_pages)
        joined = [join_lines(page) for page in pages]
        text = "\n\n".join(filter(None, joined))
        if not text:
            raise ParseFailed("The PDF has no text layer; it is empty or holds images only.", "Run OCR on it first.")
        metadata: dict[str, MetadataValue] = {"pages": len(pages)}
        if author := clean(info.get("Author", "")).strip():
            metadata["author"] = author
        return Parsed(
            title=_title(clean(info.get("Title", "")), text, name),
            text=text,
            language=language_code(info.get("Lang")),
            metadata=metadata,
            remarks=_remarks(joined),
        )


def _remarks(pages: list[str]) -> tuple[str, ...]:
    """Which pages are empty for a search: those without a text layer, such as scans."""
    empty = [number for number, page in enumerate(pages, start=1) if not page]
    if not empty:
        return ()
    named = f"Page {empty[0]} has" if len(empty) == 1 else f"Pages {_ranges(empty)} have"
    return (f"{named} no text layer, so a search finds nothing there. Unless that is meant, run OCR on the file.",)


def _ranges(numbers: list[int]) -> str:
    """ "1, 3-5"."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    return ", ".join("-".join(map(str, ends)) for ends in ranges)


def _read(data: bytes, max_pages: int | None) -> tuple[list[str], dict[str, str]]:
    """Raw text of each page, and the document's information."""
    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        raise _explained(error) from error
    try:
        if max_pages is not None and len(document) > max_pages:
            raise ParseFailed(f"The PDF has {len(document)} pages; {max_pages} are allowed.", "Split it.")
        return [_page_text(document, index) for index in range(len(document))], document.get_metadata_dict()
    except (PdfiumError, UnicodeError) as error:
        raise ParseFailed(
            f"The PDF is damaged: {_reason(error)}.", "Save it anew from the program that made it."
        ) from error
    finally:
        document.close()


def _page_text(document: PdfDocument, index: int) -> str:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            return str(text_page.get_text_range(errors="replace"))
        finally:
            text_page.close()
    finally:
        page.close()


def _explained(error: PdfiumError) -> ParseFailed:
    if getattr(error, "err_code", None) == _PASSWORD:
        return ParseFailed("The PDF is encrypted and asks for a password.", "Save a copy without the password.")
    return ParseFailed(f"The PDF cannot be opened: {_reason(error)}.", "Save it anew from the program that made it.")


def _reason(error: Exception) -> str:
    return str(error).rstrip(".")


def _title(declared: str, text: str, name: str) -> str:
    """The title that the PDF declares, else its first line if that is short, else the file's name."""
    declared = " ".join(declared.split())
    if declared and declared.lower() not in ("untitled", "title"):
        return declared
    first = text.split("\n", 1)[0].strip()
    return first if 0 < len(first) <= _TITLE_LENGTH else PurePath(name).stem
