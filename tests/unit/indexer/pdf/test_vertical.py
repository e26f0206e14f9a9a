"""Vertical lines: those that PDFium reads, and those that pdfminer.six has to."""

from __future__ import annotations

import pytest

from indexer.parsers.pdf import PdfParser, vertical
from indexer.parsers.pdf.order import reading_order
from indexer.parsers.pdf.page import Page, Piece
from indexer.parsers.pdf.vertical import add_vertical
from tests.support.shared_data import shared

POEM = "cases/ingest/jo.pdf"


def test_lines_stand_from_right_to_left() -> None:
    turned = [
        Piece(text, -700, -x, -500, 12 - x, 12, 0, frame=3) for text, x in (("三", 100), ("一", 300), ("二", 200))
    ]
    assert [piece.text for region in reading_order(turned) for piece in sorted(region, key=lambda p: p.y0)] == [
        "一",
        "二",
        "三",
    ]


def test_a_page_that_lost_its_text_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vertical, "is_available", lambda: False)
    parsed = PdfParser().parse(shared(*POEM.split("/")).read_bytes(), name="jo.pdf")
    assert any("winnow-search[pdf-vertical]" in remark for remark in parsed.remarks)


def test_the_extra_reads_it_from_the_first_line_to_the_last() -> None:
    pytest.importorskip("pdfminer")
    parsed = PdfParser().parse(shared(*POEM.split("/")).read_bytes(), name="jo.pdf")
    places = [
        parsed.text.index(line) for line in ("わたくしといふ現象は", "ひとつの青い照明です", "すべてこれらの命題は")
    ]
    assert places == sorted(places)
    assert len(parsed.text) > 850
    assert parsed.remarks == ()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"no PDF at all"])
def test_what_pdfminer_cannot_read_stays_as_it_was(data: bytes) -> None:
    pytest.importorskip("pdfminer")
    page = Page(1, lost=100)
    add_vertical(data, [page])
    assert page.pieces == []
    assert page.is_lost


def test_the_version_tells_the_two_readers_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = set()
    for available in (True, False):
        monkeypatch.setattr("indexer.parsers.pdf.parser.is_available", lambda found=available: found)
        versions.add(PdfParser().version)
    assert len(versions) == 2
