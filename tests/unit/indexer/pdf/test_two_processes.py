"""A long PDF is read by two processes: what comes out is what one of them would have made of it."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import NoReturn

import pytest

from engine.errors import ParseFailed
from indexer.parsers.pdf import LaterPages, PdfParser
from indexer.parsers.pdf.furniture import Facts, Furniture
from indexer.parsers.pdf.paragraphs import Part
from indexer.parsers.pdf.reading import read, read_rest
from indexer.sandbox.beside import Beside, read_beside
from indexer.sandbox.parse import parse_upload
from tests.support.pdfs import Drawing, Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse

REQUEST = {"seconds": 20.0, "memory_bytes": 2**28, "pages": 500}
SAID = ["rivers that run low", "a harbour in the west", "what the map leaves out", "islands off the coast"]

Page = Drawing | Sequence[Text]


def manual(number: int) -> Page:
    """A running head, a heading, and lines that go on on the next page."""
    return [
        Text(72, 760, "The manual"),
        Text(72, 730, f"Chapter {number}", 18),
        *column(72, 700, [f"a line of page {number} about thing {n}, which goes on" for n in range(40)]),
    ]


def paper(number: int) -> Page:
    """Two columns of prose below heads that change sides, page numbers, and a word cut at the end of each."""
    lines = [f"and {SAID[(number + n) % 4]} as section {n} says" for n in range(40)]
    left, right = (
        column(x, 720, [*lines[at : at + 20], "goes on with the experi-"], 9) for x, at in ((60, 0), (310, 20))
    )
    head = Text(60 + 300 * (number % 2), 800, f"Proceedings of the {('north', 'south')[number % 2]} {number + 7}", 8)
    return [head, Text(60, 760, "ments of old", 9), *left, *right, Text(290, 30, f"{number + 7}", 8)]


def report(number: int) -> Page:
    """Bold headings, a table, a program, numbered lines, a comment and a field; every ninth page is a picture."""
    if number % 9 == 8:
        return Drawing(image=True)
    rows = [
        Text(x, 500 - 14 * n, f"{word} {n * number}")
        for n in range(5)
        for x, word in ((72, "a"), (250, "b"), (400, "c"))
    ]
    program = [Text(90 + 10 * (n % 2), 400 - 12 * n, f"call {SAID[n % 4][0]}({n})", 9, fixed=True) for n in range(6)]
    prose = column(72, 680, [f"{SAID[n % 4].capitalize()}, of which page {number} tells more." for n in range(8)])
    numbered = [Text(40, 680 - 14 * n, str(n + 1)) for n in range(8)] if number % 2 else []
    texts = [Text(72, 720, f"{number}. Of {SAID[number % 4]}", 12, bold=True), *prose, *rows, *program, *numbered]
    return Drawing(
        [*texts, Text(60, 20, "Printed by the press of the university")],
        comments=[("A. Reader", f"unclear {number}")] if number % 5 == 0 else [],
        fields=[("name", f"value {number}", 72, 250)] if number % 7 == 0 else [],
    )


def program(number: int) -> Page:
    """A listing: all of its type is of one width."""
    return [Text(72 + 12 * (n % 3), 780 - 14 * n, f"line {n} of page {number} = {{", fixed=True) for n in range(45)]


LAYOUTS = (manual, paper, report, program)


def made(pages: int, layout: Callable[[int], Page] = manual) -> bytes:
    outline = [("Chapter 3", 3), ("Chapter 30", 30)] if layout is manual and pages > 30 else []
    return draw_pdf([layout(number) for number in range(pages)], outline=outline)


class Sent(LaterPages):
    """Later pages of which everything is pickled on its way."""

    def facts(self) -> list[Facts]:
        return pickle.loads(pickle.dumps(super().facts()))

    def part(self, furniture: Furniture) -> Callable[[], Part]:
        made = super().part(pickle.loads(pickle.dumps(furniture)))
        return lambda: pickle.loads(pickle.dumps(made()))


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("pages", [31, 32, 33, 71])
def test_nothing_depends_on_the_number_of_processes(pages: int, layout: Callable[[int], Page]) -> None:
    data = made(pages, layout)
    whole = parse(data)
    assert whole.metadata["pages"] == pages
    assert PdfParser(rest=Sent(data, None)).parse(data, name="a.pdf") == whole


def test_words_of_a_running_head_are_looked_for_in_all_pages() -> None:
    """A head is kept once, unless the text has its words: in the other half, or over the end of the first one."""
    head = "Landscapes of the north"

    def data(told: Sequence[tuple[int, str]]) -> bytes:
        more = {page: Text(72, 60, said) for page, said in told}
        pages = [
            [*column(72, 700, [f"Page {n} of {SAID[n % 4]}."] * 9), *filter(None, [more.get(n)])] for n in range(40)
        ]
        return draw_pdf([[Text(72, 800, head), *page] for page in pages])

    for told, kept in (([], 1), ([(33, f"The {head} are told.")], 1), ([(3, f"The {head} are told.")], 1)):
        document = data(told)
        assert (text := PdfParser(rest=Sent(document, None)).parse(document, name="a.pdf").text) == parse(document).text
        assert text.count(head) == kept


def test_the_first_process_leaves_out_what_the_second_reads() -> None:
    data = made(40)
    assert [page.number for page in read_rest(data, None)] == list(range(21, 41))
    reading = read(data, None, rest=LaterPages(data, None))
    assert [page.number for page in reading.pages] == list(range(1, 21))
    assert [facts.page for facts in reading.later] == list(range(21, 41))


class Unread:
    """Later pages that cannot be read."""

    def facts(self) -> None:
        return None

    def part(self, furniture: Furniture) -> NoReturn:
        raise AssertionError


class Lost(LaterPages):
    """Later pages whose process ends before it has made anything of them."""

    def part(self, furniture: Furniture) -> Callable[[], Part]:
        def ended() -> Part:
            raise EOFError

        return ended


def test_pages_that_the_second_process_cannot_read_are_read_by_the_first() -> None:
    data = made(40)
    assert PdfParser(rest=Unread()).parse(data, name="a.pdf") == parse(data)
    assert PdfParser(rest=Lost(data, None)).parse(data, name="a.pdf") == parse(data)
    with pytest.raises(ParseFailed, match="40 pages; 39 are allowed"):
        read_rest(data, 39)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_an_upload_of_many_pages(layout: Callable[[int], Page]) -> None:
    data = made(71, layout)
    assert len(data) > 2**16  # else one process reads it
    assert parse_upload(data, "a.pdf") == parse(data)


def begun(data: bytes) -> Beside:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        beside = read_beside(data, REQUEST, ours)
    assert beside is not None
    return beside


@pytest.mark.parametrize("data", [made(40)[:-2000], b"%PDF-1.4 nonsense"], ids=["cut short", "no PDF"])
def test_the_second_process_may_fail(data: bytes) -> None:
    with closing(begun(data)) as beside:
        found = beside.facts()
    assert found is None or [facts.page for facts in found] == list(range(21, 41))


def test_its_pages_come_whole() -> None:
    data = made(40)
    here = LaterPages(data, None)
    nothing = Furniture({}, {}, programs=True)
    with closing(begun(data)) as beside:
        assert beside.facts() == here.facts()
        part, same = beside.part(nothing)(), here.part(nothing)()
        with pytest.raises(EOFError):  # it has ended
            beside.part(nothing)()
    assert part.pages == same.pages and part.words == same.words
    assert [(block.row, [line.text for line in block.lines]) for block in part.blocks] == [
        (block.row, [line.text for line in block.lines]) for block in same.blocks
    ]
