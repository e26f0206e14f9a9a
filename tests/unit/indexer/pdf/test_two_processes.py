"""A long PDF is read by two processes: what comes out is what one of them would have made of it."""

from __future__ import annotations

import socket
from dataclasses import asdict
from functools import partial

import pytest

from engine.errors import ParseFailed
from indexer.parsers.pdf import PdfParser
from indexer.parsers.pdf.page import Page
from indexer.parsers.pdf.reading import read, read_rest
from indexer.sandbox.beside import read_beside
from indexer.sandbox.parse import parse_upload
from tests.support.pdfs import Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse

REQUEST = {"seconds": 20.0, "memory_bytes": 2**28, "pages": 500}


def made(pages: int) -> bytes:
    """A PDF with a running head, columns that go on on the next page, and a heading now and then."""
    return draw_pdf(
        [
            [
                Text(72, 760, "The manual"),
                Text(72, 730, f"Chapter {number}", 18),
                *column(72, 700, [f"a line of page {number} about thing {n}, which goes on" for n in range(40)]),
            ]
            for number in range(pages)
        ]
    )


@pytest.mark.parametrize("pages", [1, 31, 32, 33, 71])
def test_nothing_depends_on_the_number_of_processes(pages: int) -> None:
    data = made(pages)
    whole = read(data, None)
    shared = read(data, None, rest=partial(read_rest, data, None))
    assert len(whole.pages) == pages and asdict(shared) == asdict(whole)
    assert PdfParser(rest=partial(read_rest, data, None)).parse(data, name="a.pdf") == parse(data)


def test_the_first_process_leaves_out_what_the_second_reads() -> None:
    data = made(40)
    later = read_rest(data, None)
    assert [page.number for page in later] == list(range(21, 41))
    marked = [Page(page.number, comments=["from there"]) for page in later]
    assert read(data, None, rest=lambda: marked).pages[20:] == marked


def test_pages_that_the_second_process_cannot_read_are_read_by_the_first() -> None:
    data = made(40)
    assert asdict(read(data, None, rest=lambda: None)) == asdict(read(data, None))
    with pytest.raises(ParseFailed, match="40 pages; 39 are allowed"):
        read_rest(data, 39)


def test_an_upload_of_many_pages() -> None:
    data = made(71)
    assert len(data) > 2**16  # else one process reads it
    assert parse_upload(data, "a.pdf") == parse(data)


@pytest.mark.parametrize("data", [made(40)[:-2000], b"%PDF-1.4 nonsense"], ids=["cut short", "no PDF"])
def test_the_second_process_may_fail(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pages = read_beside(data, REQUEST, ours)
        assert pages is not None
        found = pages()
    assert found is None or [page.number for page in found] == list(range(21, 41))


def test_its_pages_come_whole() -> None:
    data = made(40)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pages = read_beside(data, REQUEST, ours)
        assert pages is not None and pages() == read_rest(data, None)
