"""Headings: by bookmarks, by type that is larger or bolder than the text."""

from __future__ import annotations

from typing import Any

from tests.support.pdfs import Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse

BODY = ["This is a line of the text below a heading, as long as others are.", "And this is one more."]


def headings(*args: Any, **kwargs: Any) -> list[tuple[int, str]]:
    parsed = parse(draw_pdf(*args, **kwargs))
    for heading in parsed.headings:
        assert parsed.text.startswith(heading.text, heading.start)
    return [(heading.level, heading.text) for heading in parsed.headings]


def test_larger_type_is_a_heading_and_the_larger_the_higher() -> None:
    page = [
        Text(72, 780, "The Whole Book", 24),
        Text(72, 740, "A Chapter", 16),
        *column(72, 710, BODY * 3),
        Text(72, 600, "Another Chapter", 16),
        *column(72, 570, BODY * 3),
    ]
    assert headings([page]) == [(1, "The Whole Book"), (2, "A Chapter"), (2, "Another Chapter")]


def test_a_bold_line_by_itself_is_a_heading_below_all_larger_ones() -> None:
    page = [
        Text(72, 740, "A Chapter", 16),
        Text(72, 710, "A section", bold=True),
        *column(72, 690, BODY * 3),
        Text(72, 580, "A bold sentence that ends as sentences do.", bold=True),
        *column(72, 560, BODY),
    ]
    assert headings([page]) == [(1, "A Chapter"), (2, "A section")]


def test_a_heading_of_two_lines_is_one() -> None:
    page = [*column(72, 760, ["How a heading is read that", "is Longer Than Its Line"], 14), *column(72, 700, BODY * 4)]
    assert headings([page]) == [(1, "How a heading is read that is Longer Than Its Line")]


def test_bookmarks_name_headings_that_look_like_text() -> None:
    pages = [
        [Text(72, 760, "Of ships"), *column(72, 730, BODY * 4)],
        [Text(72, 760, "Of winds"), *column(72, 730, BODY * 4)],
    ]
    assert headings(pages, outline=[("Of Ships", 0), ("1 Of winds", 1), ("Of nothing", 1)]) == [
        (1, "Of ships"),
        (1, "Of winds"),
    ]


def test_what_looks_like_a_bookmarked_heading_has_its_level() -> None:
    page = [
        Text(72, 780, "First", 16),
        *column(72, 750, BODY * 4),
        Text(72, 600, "Second", 16),
        *column(72, 570, BODY * 4),
    ]
    assert headings([page], outline=[("First", 0)]) == [(1, "First"), (1, "Second")]


def test_a_text_in_bold_throughout_has_no_headings() -> None:
    page = [Text(72, 780 - 40 * n, f"Bold line number {n} of a bold page", bold=True) for n in range(8)]
    assert headings([page]) == []


def test_rows_of_tables_and_figures_are_no_headings() -> None:
    rows = [Text(x, 700 - 20 * i, cell, 16) for i in range(3) for x, cell in ((72, f"Row {i}"), (300, "12"))]
    assert headings([[*rows, Text(72, 600, "42 %", 30), *column(72, 550, BODY * 5)]]) == []


def test_a_title_of_two_lines_is_one_heading_and_what_is_numbered_begins_another() -> None:
    page = [
        Text(110, 780, "Harbours:", 18),
        Text(198, 780, "an Account of the Ships", 18, bold=True),
        Text(125, 754, "That Lie in Them and of Others", 18, bold=True),
        Text(72, 716, "1 Introduction", 18),
        *column(72, 680, BODY * 3),
    ]
    title = "Harbours: an Account of the Ships That Lie in Them and of Others"
    assert headings([page]) == [(1, title), (1, "1 Introduction")]
