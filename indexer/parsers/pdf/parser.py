"""PDF: text in reading order by pypdfium2, with pages, headings, tables, filled forms and comments."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.ocr.scans import read_scan
from indexer.parsers.pdf.about import metadata, title
from indexer.parsers.pdf.furniture import Facts, Furniture, drop_furniture, facts_of, furniture_of
from indexer.parsers.pdf.headings import body_size, mark_headings
from indexer.parsers.pdf.joining import joined, readable, seam, vocabulary
from indexer.parsers.pdf.lines import Cell, Line, lines_of
from indexer.parsers.pdf.order import reading_order
from indexer.parsers.pdf.page import Page
from indexer.parsers.pdf.paragraphs import Block, Break, Part, in_turn, join_parts, paragraphs
from indexer.parsers.pdf.quality import is_unreadable
from indexer.parsers.pdf.reading import Reading, Rest, read, read_rest
from indexer.parsers.pdf.remarks import OCR, remarks
from indexer.parsers.pdf.tables import split_tables
from indexer.parsers.pdf.vertical import add_vertical, is_available

_SHORT = 300  # characters below which the declared language is believed: programs declare their own, not the text's

_lock = threading.Lock()  # PDFium is not thread-safe, not even for separate documents


class PdfParser:
    name = "pdf"
    label = "PDF"
    suffixes = (".pdf",)

    def __init__(self, *, max_pages: int | None = None, ocr: bool = False, rest: Rest | None = None) -> None:
        """`rest` tells of the later pages of a long document, if another process reads them (`LaterPages`)."""
        self._max_pages = max_pages
        self._ocr = ocr
        self._rest = rest

    @property
    def version(self) -> str:
        """Version, which names other readers that take part: with others the same bytes give another result."""
        return f"5{'+vertical' if is_available() else ''}{'+ocr' if self._ocr else ''}"

    def parse(self, data: bytes, *, name: str) -> Parsed:
        with _lock:
            reading = read(data, self._max_pages, read_scan if self._ocr else None, self._rest)
        add_vertical(data, reading.pages)
        try:
            parsed = written(reading, name, self._rest)
        except EOFError:  # who reads the later pages is gone
            return PdfParser(max_pages=self._max_pages, ocr=self._ocr).parse(data, name=name)
        if not parsed.text and self._ocr:
            raise ParseFailed("The PDF has no text, and OCR finds none on its pages.", "Leave it out.")
        if not parsed.text:
            raise ParseFailed("The PDF has no text layer; it is empty or holds images only.", OCR)
        return parsed


class LaterPages:
    """The later pages of a long document: what the process that reads the earlier ones has to know of them.

    They are the `Rest` of a `PdfParser`; in a process of its own that is asked over pipes (indexer/sandbox/beside.py).
    """

    def __init__(self, data: bytes, max_pages: int | None) -> None:
        self._data = data
        self._max_pages = max_pages
        self._pages: list[Page] = []

    def facts(self) -> list[Facts]:
        """Read the pages, where nobody else is with PDFium. Raises what `read` does."""
        self._pages = read_rest(self._data, self._max_pages)
        add_vertical(self._data, self._pages)
        return [facts_of(page) for page in self._pages]

    def part(self, furniture: Furniture) -> Callable[[], Part]:
        return partial(part_of, self._pages, furniture)


def written(reading: Reading, name: str, rest: Rest | None = None) -> Parsed:
    """The document that pages make, in reading order; without text where they hold none. EOFError where `rest`, which
    has told of later pages, is gone.
    """
    furniture = furniture_of([*map(facts_of, reading.pages), *reading.later])
    later = rest.part(furniture) if rest and reading.later else None
    parts = [part_of(reading.pages, furniture), *([later()] if later else [])]
    pages = [page for part in parts for page in part.pages]
    blocks = [block for part in parts for block in part.blocks]
    body = body_size(blocks)
    blocks = mark_headings(blocks, reading.bookmarks, body)
    heading, named = title(reading.about, blocks, body, name)
    builder = TextBuilder()
    _write(builder, list(in_turn(join_parts(blocks, body))), set().union(*(part.words for part in parts)))
    return Parsed(
        title=heading,
        text=builder.text,
        headings=builder.headings,
        language=reading.language if len(builder.text) < _SHORT else None,
        metadata=metadata(reading.about, len(pages)),
        remarks=remarks(reading, pages),
        named=named,
        locators=builder.locators,
    )


def part_of(pages: Sequence[Page], furniture: Furniture) -> Part:
    """All that some pages in a row make of themselves. Their pieces are gone afterwards."""
    blocks: list[Block] = []
    for page in pages:
        drop_furniture(page, furniture)
        blocks += _blocks(page)
        page.unreadable = is_unreadable(page)
        page.pieces = []
    return Part(list(pages), blocks, vocabulary(line.text for block in blocks for line in block.lines))


def _blocks(page: Page) -> Iterator[Block]:
    """The page's blocks in reading order: what runs as most of it does, what is turned, then heads and comments."""
    frames = sorted({piece.frame for piece in page.pieces}, key=lambda frame: -_share(page, frame))
    for frame in frames:
        pieces = [piece for piece in page.pieces if piece.frame == frame]
        for region in reading_order(pieces):
            for block in _of_region(lines_of(region, page.number)):
                block.aside = frame != frames[0]
                yield block
    for comment in [*page.printed, *page.comments]:
        yield Block([Line([Cell(comment, 0, 0)], 0, 0, 0, 0, 0, page=page.number)], row=comment)


def _share(page: Page, frame: int) -> int:
    return sum(len(piece.text) for piece in page.pieces if piece.frame == frame)


def _of_region(lines: Sequence[Line]) -> Iterator[Block]:
    for line in lines:
        if not line.text.isascii() or not line.text.isprintable():
            line.text = readable(clean(line.text))
    for part, rows in split_tables([line for line in lines if line.text]):
        if rows:
            yield from _table(part, rows)
        else:
            yield from paragraphs(part)


def _table(lines: Sequence[Line], rows: Sequence[str]) -> Iterator[Block]:
    for i, row in enumerate(rows):
        yield Block([lines[min(i, len(lines) - 1)]], Break.LINE if i else Break.PARAGRAPH, row=readable(clean(row)))


def _write(builder: TextBuilder, blocks: Sequence[Block], known: set[str]) -> None:
    """Write the blocks; `known` are the document's words."""
    page = 0
    for block in blocks:
        before = block.before.value
        for number, text, between in _parts(block, known):
            if number != page:
                builder.locate("page", str(number))
                page = number
            if block.level:
                builder.heading(block.level, text)
            else:
                builder.add(text, before)
            before = between


def _parts(block: Block, known: set[str]) -> Iterator[tuple[int, str, str]]:
    """(page, text, what separates it from the next) of a block's parts on each page."""
    if block.row:
        yield block.page, block.row, ""
        return
    lines = block.lines
    start = 0
    for i, line in enumerate(lines):
        if line.page != lines[start].page:
            last, between = seam(lines[i - 1].text, line.text, known)
            yield lines[start].page, joined([*(line.text for line in lines[start : i - 1]), last], known), between
            start = i
    yield lines[start].page, joined([line.text for line in lines[start:]], known), ""
