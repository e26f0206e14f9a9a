"""Titles that a person gave, and those that a program did; dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from indexer.parsers.pdf.about import read_date
from tests.support.pdfs import Text, column, draw_pdf, make_pdf
from tests.unit.indexer.pdf.support import parse

PAGE = [
    Text(72, 760, "An Account of the Harbours", 20),
    *column(72, 700, ["a line of text that is a good deal longer"] * 6),
]


@pytest.mark.parametrize(
    "declared",
    [
        "Microsoft Word - Document1",
        "report final.doc",
        "10811.exe",
        "Binder1.pdf",
        "14773_01_r9jm.qxd",
        "Untitled-1",
        "\\(anonymous\\)",
        "Contents",
        "905_Precinct_NoOU",
        "C:\\\\temp\\\\x",
        "",
        "...",
    ],
)
def test_titles_that_programs_give_are_refused_for_what_is_printed_largest(declared: str) -> None:
    parsed = parse(draw_pdf([PAGE], info={"Title": declared}))
    assert (parsed.title, parsed.named) == ("An Account of the Harbours", False)


@pytest.mark.parametrize("declared", ["Harbours", "The History of Title Pages", "Report 2020", "Print and Power"])
def test_titles_that_people_give_are_believed(declared: str) -> None:
    assert parse(draw_pdf([PAGE], info={"Title": declared})).title == declared


def test_without_either_it_is_the_first_line_else_the_file() -> None:
    assert parse(make_pdf([["A heading", "Text."]])).title == "A heading"
    parsed = parse(
        make_pdf([["this text begins with a sentence that is far too long for a title, as it goes on"] * 3]),
        name="folder/a.pdf",
    )
    assert (parsed.title, parsed.named) == ("a", True)


def test_nobody_is_no_author() -> None:
    assert "author" not in parse(draw_pdf([PAGE], info={"Author": "\\(anonymous\\)"})).metadata


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("D:20240131093000+01'00'", datetime(2024, 1, 31, 8, 30, tzinfo=UTC)),
        ("D:20240131093000Z", datetime(2024, 1, 31, 9, 30, tzinfo=UTC)),
        ("D:2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("20240131", datetime(2024, 1, 31, tzinfo=UTC)),
        ("D:20241399", None),
        ("D:99999999999999999+99'99'", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_or_left_out(text: str, moment: datetime | None) -> None:
    assert read_date(text) == moment


def test_what_is_stamped_into_the_margin_is_no_title() -> None:
    stamp = Text(20, 300, "archive:2101.00001v2 [cs.XX] 3 Sep 2021", 24, degrees=270)
    assert parse(draw_pdf([[*PAGE, stamp]])).title == "An Account of the Harbours"


def test_an_address_of_mail_is_no_title() -> None:
    mail = Text(72, 590, "{writer, other}@example.org", 22)
    assert parse(draw_pdf([[*PAGE, mail]])).title == "An Account of the Harbours"


def test_a_manual_page_is_called_as_it_says_below_its_name() -> None:
    page = [
        Text(72, 760, "NAME", bold=True),
        Text(72, 740, "harbour - count the ships in a harbour"),
        Text(72, 710, "DESCRIPTION", bold=True),
        *column(72, 690, ["a line of text that is a good deal longer"] * 6),
    ]
    assert parse(draw_pdf([page])).title == "harbour - count the ships in a harbour"


def test_what_is_printed_above_a_list_of_contents_is_no_title() -> None:
    page = [Text(72, 760, "Table of Contents", 20), *column(72, 700, ["a line of text that is a good deal longer"] * 6)]
    parsed = parse(draw_pdf([page]), name="folder/harbours.pdf")
    assert (parsed.title, parsed.named) == ("harbours", True)
