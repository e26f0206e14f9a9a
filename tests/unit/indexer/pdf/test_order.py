"""The reading order: columns, whatever the order of drawing; tables and headings in a margin are no columns."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.parsers.pdf.order import reading_order
from indexer.parsers.pdf.page import Piece
from tests.support.pdfs import Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse

LEFT = [f"the left column says thing {n}" for n in "abcdefgh"]
MIDDLE = [f"the middle column says thing {n}" for n in "abcdefgh"]
RIGHT = [f"the right column says thing {n}" for n in "abcdefgh"]


def by_rows(*columns: list[Text]) -> list[Text]:
    """As some programs draw columns: line by line across the page."""
    return [text for row in zip(*columns, strict=True) for text in row]


def test_columns_drawn_row_by_row_are_read_one_after_the_other() -> None:
    texts = by_rows(column(40, 700, LEFT, 9), column(215, 700, MIDDLE, 9), column(390, 700, RIGHT, 9))
    assert parse(draw_pdf([texts])).text.split() == " ".join(LEFT + MIDDLE + RIGHT).split()


def test_a_heading_across_the_columns_comes_first_and_a_note_below_them_last() -> None:
    texts = [
        Text(40, 760, "A heading that spans both columns of the page", 18),
        Text(40, 500, "This note below both columns is as wide as the whole page is, and is read at the end.", 9),
        *by_rows(column(40, 700, LEFT), column(300, 700, RIGHT)),
    ]
    said = parse(draw_pdf([texts])).text
    places = [said.index(part) for part in ("A heading", LEFT[0], LEFT[-1], RIGHT[0], RIGHT[-1], "This note")]
    assert places == sorted(places)


def test_columns_above_and_below_a_wide_line_are_read_above_it_first() -> None:
    wide = Text(40, 640, "A caption in the middle of the page which is as wide as both of the columns together", 11)
    upper = by_rows(column(40, 700, LEFT[:4]), column(300, 700, RIGHT[:4]))
    lower = by_rows(column(40, 600, LEFT[4:]), column(300, 600, RIGHT[4:]))
    said = parse(draw_pdf([[*lower, wide, *upper]])).text
    places = [said.index(part) for part in (LEFT[0], RIGHT[3], "A caption", LEFT[4], RIGHT[7])]
    assert places == sorted(places)


def test_rows_of_figures_are_no_columns() -> None:
    names = ["Alabama", "Alaska", "Arizona", "Arkansas"]
    texts = by_rows(
        column(40, 700, names), column(200, 700, ["1", "2", "3", "4"]), column(300, 700, ["5", "6", "7", "8"])
    )
    assert "Alaska | 2 | 6" in parse(draw_pdf([texts])).text


def test_labels_and_values_are_read_together_although_drawn_apart() -> None:
    texts = [*column(40, 700, ["Name", "Town", "Age"]), *column(200, 700, ["A. Writer", "Ghent", "47"])]
    assert "Town | Ghent" in parse(draw_pdf([texts])).text


def test_headings_in_the_margin_stand_before_their_text() -> None:
    texts = []
    for n in range(3):
        texts += [
            Text(40, 700 - 80 * n, f"Part {n}", bold=True),
            *column(160, 700 - 80 * n, [f"{n} {x}" for x in LEFT[:4]]),
        ]
    said = parse(draw_pdf([texts])).text
    assert said.index("Part 1") < said.index("1 the left column says thing a")
    assert said.index("0 the left column says thing d") < said.index("Part 1")


numbers = st.floats(-1e7, 1e7, width=32)
pieces = st.lists(
    st.tuples(numbers, numbers, st.floats(0, 1e5), st.floats(0, 1e4), st.text(min_size=1, max_size=20)), max_size=60
)


@settings(max_examples=80, deadline=None)
@given(boxes=pieces)
def test_every_piece_is_in_one_region_whatever_its_box(boxes: Any) -> None:
    given_pieces = [
        Piece(text, x, y, x + width, y + height, max(0.1, height), order)
        for order, (x, y, width, height, text) in enumerate(boxes)
    ]
    regions = reading_order(given_pieces)
    assert sorted(piece.order for region in regions for piece in region) == list(range(len(boxes)))
    assert all(regions)
