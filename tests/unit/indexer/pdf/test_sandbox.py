"""Uploads: the process that parses them can open no file, so nothing may be imported while a page is read."""

from __future__ import annotations

import pytest

from indexer.sandbox.parse import parse_upload
from tests.support.pdfs import Drawing, Text, column, draw_pdf
from tests.support.shared_data import shared
from tests.unit.indexer.pdf.support import parse

LINES = [f"a line of the column about thing {n}" for n in range(9)]

DOCUMENTS = {
    "two columns": draw_pdf([[*column(40, 700, LINES), *column(320, 690, LINES)]] * 3),
    "a table and a form": draw_pdf(
        [
            Drawing(
                [Text(x, 700 - 14 * i, "0") for i in range(5) for x in (72, 100, 122, 300)],
                fields=[("a", "Alice", 72, 500)],
                ticks=[(72, 480, True)],
                comments=[("Ann", "Right?")],
            )
        ],
        outline=[("0", 0)],
        attachment="a.csv",
    ),
    "marks of notes": draw_pdf(
        [[Text(72, 700, "as was shown before"), Text(171, 705, "12", 6), *column(72, 600, LINES)]]
    ),
    "turned": draw_pdf([Drawing([Text(100, 200, "up the page", degrees=270)], rotate=90)]),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_uploads_come_out_as_they_do_in_process(name: str) -> None:
    assert parse_upload(DOCUMENTS[name], "a.pdf") == parse(DOCUMENTS[name])


def test_vertical_writing_is_read_in_uploads_too() -> None:
    pytest.importorskip("pdfminer")
    data = shared("cases", "ingest", "jo.pdf").read_bytes()
    assert parse_upload(data, "a.pdf") == parse(data)
