"""Lines put together: hyphens, ligatures, accents; notes' marks stay apart from words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.parsers.pdf.glyphs import printed
from indexer.parsers.pdf.joining import joined, readable, vocabulary
from indexer.parsers.pdf.page import HYPHEN
from tests.support.pdfs import Text, column, draw_pdf
from tests.unit.indexer.pdf.support import parse


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["exam\ufffe", "ple"], "example"),
        (["exam-", "ple of it"], "example of it"),
        (["Anglo\ufffe", "Saxon"], "Anglo-Saxon"),
        (["state-of-the\ufffe", "art"], "state-of-the-art"),
        (["of 1914\ufffe", "1918"], "of 1914-1918"),
        (["one line", "another"], "one line another"),
        (["東京の", "天気"], "東京の天気"),
        (["a lone\ufffe"], "a lone-"),
        ([], ""),
    ],
)
def test_lines_are_joined_as_a_reader_would(lines: list[Any] | list[str], text: str) -> None:
    assert joined(lines, set()) == text


@pytest.mark.parametrize(
    ("elsewhere", "text"),
    [
        ("our co-operation", "co-operation of all"),
        ("our cooperation", "cooperation of all"),
        ("what is data driven", "data-driven work"),
    ],
)
def test_the_document_tells_which_hyphens_belong_to_a_word(elsewhere: str, text: str) -> None:
    left, right = ("data\ufffe", "driven work") if "data" in text else ("co\ufffe", "operation of all")
    assert joined([left, right], vocabulary([elsewhere])) == text


def test_halves_of_words_are_no_words_of_the_document() -> None:
    assert vocabulary(["a line with exam\ufffe", "and well-known words"]) == {
        "a",
        "line",
        "with",
        "and",
        "well-known",
        "words",
    }


@given(lines=st.lists(st.text(st.sampled_from("ab c-é東\ufffe"), min_size=1, max_size=12), max_size=6))
def test_no_letter_is_lost_or_added(lines: Any) -> None:
    def letters(text: str) -> str:
        return "".join(filter(str.isalpha, text))

    assert letters(joined(lines, vocabulary(lines))) == letters("".join(lines))
    assert HYPHEN not in joined(lines, set())


@pytest.mark.parametrize(
    ("text", "readable_text"),
    [
        ("eﬃcient ﬂow", "efficient flow"),
        ("na¨ıve and Erd˝os", "naïve and Erdős"),
        ("5 ´ 3 and a ¨ b", "5 ´ 3 and a ¨ b"),
        ("東 京 の", "東京の"),
        ("plain", "plain"),
    ],
)
def test_ligatures_and_accents_become_letters(text: str, readable_text: str) -> None:
    assert readable(text) == readable_text


def test_a_note_s_mark_stands_apart_from_the_word_that_it_is_raised_beside() -> None:
    texts = [Text(72, 700, "as was shown before"), Text(171, 705, "12", 6), Text(180, 700, "by others.")]
    assert "before 12 by others." in parse(draw_pdf([texts])).text


def test_short_lines_stay_lines_and_full_ones_are_wrapped_text() -> None:
    address = column(72, 700, ["A. Writer", "12 High Street", "Ghent"])
    prose = column(72, 600, ["This line is as full as a line of this column can be, and goes on", "in the next one."])
    assert parse(draw_pdf([[*address, *prose]])).text == (
        "A. Writer\n12 High Street\nGhent\n\n"
        "This line is as full as a line of this column can be, and goes on in the next one."
    )


def test_a_hyphen_is_known_on_pages_whose_characters_are_asked_for_one_by_one() -> None:
    """As those are that hold a character beyond U+FFFF."""
    lines = column(72, 700, ["The symbol # stands in a line that is long enough to be wrapped, and some uncer-"])
    more = [Text(72, 686, "tain words follow it, so that the line below goes on with what the first began.")]
    parsed = parse(draw_pdf([[*lines, *more]], stand_for={"#": "\U0001d6fc"}))
    assert "uncertain words" in parsed.text
    assert "\U0001d6fc" in parsed.text


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("they are ine\x1ecient \x15 the \x1crst of \x1bour", "they are ine\ufb03cient – the \ufb01rst of \ufb00our"),
        ("the di\x0berent \x0crst o\x0ece of all", "the di\ufb00erent \ufb01rst o\ufb03ce of all"),
        ("drawn\x1cby\x1ccontrol\x1ccharacters", "drawn by control characters"),
        ("no \x03 such thing", "no   such thing"),
    ],
)
def test_control_characters_are_ligatures_of_tex_or_spaces(told: str, shown: str) -> None:
    assert printed(told) == shown
