"""Text that runs from right to left: the order of its parts, its columns, and its ligatures."""

from __future__ import annotations

from indexer.parsers.pdf.page import Page, Piece
from indexer.parsers.pdf.parser import written
from indexer.parsers.pdf.reading import Reading
from tests.support.pdfs import Text, draw_pdf
from tests.unit.indexer.pdf.support import parse

ABOUT = dict.fromkeys(("Title", "Author", "Subject", "Keywords", "CreationDate", "ModDate"), "")
LETTERS = dict(zip("abcdefgh", "المشكتبر", strict=True)) | {"L": "لا"}


def _page(*pieces: tuple[float, float, float, str]) -> str:
    """The text of a page of (left, right, y, text)."""
    found = [Piece(text, x0, y, x1, y + 10, 10, order) for order, (x0, x1, y, text) in enumerate(pieces)]
    return written(Reading(pages=[Page(1, pieces=found, characters=100)], about=ABOUT), "a.pdf").text


def test_the_parts_of_a_line_are_read_from_right_to_left() -> None:
    assert _page((100, 200, 0, "Python"), (205, 400, 0, "البرمجة بلغة")) == "البرمجة بلغة Python"
    assert _page((100, 200, 0, "Python"), (205, 400, 0, "written in")) == "Python written in"


def test_the_right_column_comes_first() -> None:
    line = "هذا سطر طويل من النص العربي في عمود"
    lines = [(x, x + 200, 14.0 * i, f"{line} {name}{i}") for i in range(6) for x, name in ((50, "ب"), (300, "ا"))]
    said = _page(*lines)
    assert said.index("ا5") < said.index("ب0")


def test_lam_and_alef_in_one_glyph_keep_their_order() -> None:
    parsed = parse(draw_pdf([[Text(72, 700, "hLgc")]], stand_for=LETTERS))
    assert "لا" in parsed.text and "ال" not in parsed.text
    apart = parse(draw_pdf([[Text(72, 700, "cba")]], stand_for=LETTERS))
    assert "ال" in apart.text


def test_latin_letters_inside_of_a_word_are_a_word_of_their_own() -> None:
    parsed = parse(draw_pdf([[Text(72, 700, "Pcba")]], stand_for=LETTERS))
    assert "P" in parsed.text.split()
