"""Plain text says at which line of its file each of its lines stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text import places as places_module
from engine.text.places import in_words, places_of
from indexer.parsers.text import TextParser

LINES = st.lists(st.text(st.sampled_from("ab \t\x0c\x0b船"), max_size=8), min_size=1, max_size=30)


def where(data: bytes, part: str) -> str:
    """The place of a part of the text that is there once."""
    parsed = TextParser().parse(data, name="a.txt")
    assert parsed.text.count(part) == 1
    start = parsed.text.index(part)
    return in_words(places_of(parsed.text, parsed.locators, start, start + len(part)))


@given(lines=LINES, end=st.sampled_from(["\n", "\r\n", "\r"]), stride=st.sampled_from([1, 7, 10_000]))
def test_every_word_stands_at_its_line_of_the_file(lines: list[str], end: str, stride: int) -> None:
    marked = [f"{line}w{number}w{line}" if line else "" for number, line in enumerate(lines, start=1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places_module, "STRIDE", stride)
        for number, line in enumerate(lines, start=1):
            if line:
                assert where(end.join(marked).encode(), f"w{number}w") == f"line {number}"


def test_blank_lines_at_the_beginning_are_counted_and_ends_of_pages_are_none() -> None:
    data = b"\n\n  \nfirst\nsecond\n\x0c\nRFC 9999\n\x0cthird\n\n"
    assert [where(data, part) for part in ("first", "second", "RFC 9999", "third")] == [
        "line 4", "line 5", "line 7", "line 8",
    ]  # fmt: skip
    assert where(data, "first\nsecond\n\n\nRFC") == "lines 4-7"
    assert where(data, "second\n\n\n") == "line 5"


def test_a_long_file_needs_few_locators() -> None:
    lines = [f"This is line {number} of a log." for number in range(1, 20_001)]
    parsed = TextParser().parse("\n".join(lines).encode(), name="a.txt")
    assert len(parsed.locators) < 50
    span = parsed.text.index("line 11999 "), parsed.text.index("line 12345 ")
    assert in_words(places_of(parsed.text, parsed.locators, *span)) == "lines 11999-12345"


def test_a_file_without_text_has_none() -> None:
    assert TextParser().parse(b" \n\x0c\n", name="a.txt").locators == ()
