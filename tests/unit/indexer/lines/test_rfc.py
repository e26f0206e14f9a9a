"""RFCs and their like: headings, pages, contents, the title."""

from __future__ import annotations

from indexer.parsers import Parsed
from indexer.parsers.text import TextParser
from tests.unit.indexer.places import assert_lines_hold_their_words, headings, place_of

RFC = """Network Working Group                                         J. Doe
Request for Comments: 9999                                  May 2020


                     A Simple Protocol

Abstract

   This document is short.

Table of Contents

   1. Introduction ....................................................1
   2. The Protocol ....................................................2
      2.1. Details ....................................................2

1. Introduction

   The text of a sentence that goes on over
   the page



Doe                         Standards Track                     [Page 1]
\f
RFC 9999                   A Simple Protocol                    May 2020


   and ends here.

   1. is a step, not a heading

2. The Protocol

2.1. Details

   End.

Appendix A.  Examples

   None.



Doe                         Standards Track                     [Page 2]
"""


def parse(text: str) -> Parsed:
    return TextParser().parse(text.encode(), name="rfc9999.txt")


def test_an_rfc() -> None:
    parsed = parse(RFC)
    assert parsed.title == "A Simple Protocol"
    assert headings(parsed) == [
        (1, "Abstract"), (1, "1. Introduction"), (1, "2. The Protocol"), (2, "2.1. Details"), (1, "Appendix A. Examples"),
    ]  # fmt: skip
    assert "goes on over\n   the page\n   and ends here." in parsed.text
    assert "[Page" not in parsed.text and "...." not in parsed.text and "Contents" not in parsed.text
    assert parsed.text.count("May 2020") == 1


def test_lines_are_those_of_the_file() -> None:
    parsed = parse(RFC)
    assert place_of(parsed, "and ends here") == "29"
    assert_lines_hold_their_words(parsed, RFC.encode())


def test_two_heads_that_take_turns_are_left_out() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    sides = ("Left", "Right") * 4
    pages = [f"Of {word}.\n\nThe {word} page.\n\f\n{side} head 1\n" for word, side in zip(words, sides, strict=True)]
    text = parse("Request for Comments: 1\n\n" + "".join(pages)).text
    assert "head" not in text and "The eight page." in text


def test_prose_stays_as_it_is() -> None:
    text = "1. First item\n\n2. Second item\n\nSome words ... and 3\n"
    parsed = parse(text)
    assert (parsed.text, parsed.headings) == (text.strip(), ())
