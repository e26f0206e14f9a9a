"""What was filled in and written beside the text."""

from __future__ import annotations

from tests.support.pdfs import Drawing, Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse


def test_values_stand_beside_their_labels() -> None:
    drawing = Drawing(
        column(72, 700, ["First name", "Town"]), fields=[("a", "Alice", 150, 697), ("b", "Ghent", 150, 683)]
    )
    assert parse(draw_pdf([drawing])).text == "First name | Alice\nTown | Ghent"


def test_ticked_boxes_are_told_from_empty_ones() -> None:
    drawing = Drawing(column(90, 700, ["Agreed", "Refused"]), ticks=[(72, 699, True), (72, 685, False)])
    assert parse(draw_pdf([drawing])).text == "[x] Agreed\nRefused"


def test_empty_fields_say_nothing_and_values_are_no_headings() -> None:
    drawing = Drawing([Text(72, 700, "a form", 8)], fields=[("a", "", 72, 600), ("b", "LARGE VALUE", 72, 500)])
    parsed = parse(draw_pdf([drawing]))
    assert parsed.text == "a form\n\nLARGE VALUE"
    assert parsed.headings == ()


def test_a_form_that_holds_nothing_but_values_is_a_document() -> None:
    assert parse(draw_pdf([Drawing(fields=[("a", "Alice", 72, 600)])])).text == "Alice"


def test_comments_are_read_at_the_end_of_their_page_with_their_author() -> None:
    first = Drawing(
        [Text(72, 700, "First page.")], comments=[("Ann", "Is this right?"), ("", "Yes."), ("Ann", "Is this right?")]
    )
    parsed = parse(draw_pdf([first, [Text(72, 700, "Second page.")]]))
    assert parsed.text == "First page.\n\nComment by Ann: Is this right?\n\nComment: Yes.\n\nSecond page."
    assert [locator.value for locator in parsed.locators] == ["1", "2"]
