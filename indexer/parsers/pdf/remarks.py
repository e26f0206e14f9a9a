"""Remarks on what of a PDF a search will not find, a sentence each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from indexer.parsers.pdf import vertical
from indexer.parsers.pdf.page import Page
from indexer.parsers.pdf.reading import Reading

OCR = "Run OCR on it first; `winnow ingest` and `winnow ask-document` do with --ocr."
_NAMED = 3  # attachments that are named


def remarks(reading: Reading, pages: Sequence[Page]) -> tuple[str, ...]:
    """The remarks on a reading, and on all pages of the document."""
    return tuple(_remarks(reading, pages))


def _remarks(reading: Reading, pages: Sequence[Page]) -> Iterator[str]:
    if pictures := _numbers(pages, lambda page: page.is_picture and not page.scanned):
        verb = "is an image" if len(pictures) == 1 else "are images"
        remedy = "OCR finds none either." if reading.ocr else OCR
        yield f"{_named(pictures)} {verb} without text, so a search finds nothing there. {remedy}"
    if lost := _numbers(pages, lambda page: page.is_lost):
        verb = "has" if len(lost) == 1 else "have"
        yield f"{_named(lost)} {verb} vertical text that PDFium cannot read. {vertical.REMEDY}"
    if rubbish := _numbers(pages, lambda page: page.unreadable):
        where = _named(rubbish, "page")
        yield f"The text layer of {where} looks damaged: hardly any of it is words.{'' if reading.ocr else f' {OCR}'}"
    if outside := sum(page.outside for page in pages):
        words = "1 word stands" if outside == 1 else f"{outside} words stand"
        yield f"{words} outside what a viewer shows of the pages, and {'is' if outside == 1 else 'are'} left out."
    if reading.attachments:
        names = ", ".join(reading.attachments[:_NAMED]) + (", ..." if len(reading.attachments) > _NAMED else "")
        yield f"Files attached to the PDF are not read ({names}). Save them beside it to search them."


def _numbers(pages: Sequence[Page], chosen: Callable[[Page], bool]) -> list[int]:
    return [page.number for page in pages if chosen(page)]


def _named(numbers: Sequence[int], word: str = "Page") -> str:
    """ "Pages 3 and 7-9"."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    texts = ["-".join(map(str, ends)) for ends in ranges]
    joined = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
    return f"{word}{'s' * (len(numbers) > 1)} {joined}"
