"""Programs in a PDF: their lines stay lines, and keep what they are indented."""

from __future__ import annotations

from tests.support.pdfs import Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse

PROSE = ["This is a line of the text around a program, which is wrapped, and which", "goes on in the next one."] * 4
CODE = [(0, "def area(width, height):"), (4, "if width < 0:"), (8, "raise ValueError(width)"), (4, "return width")]
_WIDTH = 6.6  # points of a character of Courier at 11 points


def _code(y: float, lines: list[tuple[int, str]]) -> list[Text]:
    return [Text(90 + _WIDTH * by, y - 14 * i, line, fixed=True) for i, (by, line) in enumerate(lines)]


def test_lines_of_a_program_are_not_joined_and_keep_their_indentation() -> None:
    text = parse(draw_pdf([[*column(72, 760, PROSE), *_code(620, CODE), *column(72, 540, PROSE)]])).text
    assert "\n".join(" " * by + line for by, line in CODE) in text
    assert "which goes on in the next one." in text


def test_a_document_typed_in_one_width_is_still_joined_to_paragraphs() -> None:
    lines = [Text(72, 760 - 14 * i, line, fixed=True) for i, line in enumerate(PROSE)]
    assert "which goes on in the next one." in parse(draw_pdf([lines])).text
