"""Tables: row by row, cells between borders, cells of several lines as one."""

from __future__ import annotations

from tests.support.pdfs import Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse


def table(rows: list[list[str]], xs: list[float], top: float = 700, pitch: float = 14) -> list[Text]:
    return [
        Text(x, top - pitch * i, cell) for i, row in enumerate(rows) for x, cell in zip(xs, row, strict=True) if cell
    ]


def test_each_row_is_a_line() -> None:
    rows = [["State", "Permit", "Handgun"], ["Alabama", "18,870", "23,022"], ["Alaska", "209", "3,062"]]
    text = parse(draw_pdf([table(rows, [72, 200, 300])])).text
    assert text == "State | Permit | Handgun\nAlabama | 18,870 | 23,022\nAlaska | 209 | 3,062"


def test_a_missing_cell_leaves_its_place_empty() -> None:
    rows = [["Name", "Unit", "Price"], ["Bolt", "", "0.20"], ["Nut", "box", "3.00"]]
    assert "Bolt |  | 0.20" in parse(draw_pdf([table(rows, [72, 200, 300])])).text


def test_a_cell_of_two_lines_is_one() -> None:
    rows = [["K1", "A first description that is"], ["", "longer than its column"], ["K2", "A second one"]]
    assert "K1 | A first description that is longer than its column" in parse(draw_pdf([table(rows, [72, 200])])).text


def test_rows_that_leave_out_what_is_as_above_are_rows_all_the_same() -> None:
    rows = [["Ghent", "2019", "5"], ["", "2020", "6"], ["Bruges", "2019", "7"]]
    text = parse(draw_pdf([table(rows, [72, 200, 300])])).text
    assert "2020 | 6" in text.split("\n")


def test_text_above_and_below_a_table_is_no_part_of_it() -> None:
    words = "some words that stand above or below the table and fill the whole width of the page"
    rows = [["a", "1"], ["b", "2"], ["c", "3"]]
    texts = [Text(72, 760, f"{words}, above."), *table(rows, [72, 300]), Text(72, 600, f"{words}, below.")]
    assert parse(draw_pdf([texts])).text == f"{words}, above.\n\na | 1\nb | 2\nc | 3\n\n{words}, below."


def test_figures_that_pdfium_takes_for_one_stand_in_two_cells() -> None:
    rows = [["Hawaii", "0", "0", "7"], ["Guam", "1", "2", "8"], ["Ohio", "3", "4", "9"]]
    assert "Guam | 1 | 2 | 8" in parse(draw_pdf([table(rows, [72, 200, 222, 300])])).text


def test_marks_of_a_list_are_no_column() -> None:
    texts = [
        text
        for i, word in enumerate(["one thing", "another thing"])
        for text in (Text(72, 700 - 20 * i, "-"), Text(100, 700 - 20 * i, word))
    ]
    assert parse(draw_pdf([texts])).text == "- one thing\n- another thing"


def test_a_contents_page_is_a_line_for_each_entry() -> None:
    lines = ["1 Introduction . . . . . . . . . . . . . . . . . . . 2", "2 Methods ................................ 13"]
    assert parse(draw_pdf([column(72, 700, lines)])).text == "1 Introduction … 2\n2 Methods … 13"
