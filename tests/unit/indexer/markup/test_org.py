"""Org: headlines, keywords, blocks, drawers, lists, tables, links and emphasis."""

from __future__ import annotations

from datetime import date

import pytest

from indexer.parsers import Parsed
from indexer.parsers.markup.org import OrgParser
from tests.unit.indexer.places import assert_lines_hold_their_words, headings, place_of

SOURCE = """#+TITLE: The title
#+AUTHOR: Jane
#+LANGUAGE: fr
# a comment
* TODO [#A] First :tag:
:PROPERTIES:
:CUSTOM_ID: first
:END:
Some *bold* and
/wrapped text/ here.
** Deeper
#+BEGIN_SRC python
def f():
    return 1
#+END_SRC
- one
- two
  - inner
1. [ ] task
- term :: meaning
| A | B |
|---+---|
| 1 | 2 |
: fixed
* COMMENT Hidden
never shown
* Last
"""


def parse(text: str) -> Parsed:
    return OrgParser().parse(text.encode(), name="notes.org")


def test_structure() -> None:
    parsed = parse(SOURCE)
    assert parsed.text == (
        "The title\n\nFirst\n\nSome bold and wrapped text here.\n\nDeeper\n\ndef f():\n    return 1\n\n"
        "- one\n- two\n  - inner\n1. task\n- term: meaning\n\nA | B\n1 | 2\n\nfixed\n\nLast"
    )
    assert headings(parsed) == [(1, "First"), (2, "Deeper"), (1, "Last")]
    assert (parsed.title, parsed.language, parsed.metadata) == ("The title", "fr", {"author": "Jane"})


def test_places() -> None:
    parsed = parse(SOURCE)
    assert place_of(parsed, "First", "anchor") == "first"
    assert_lines_hold_their_words(parsed, SOURCE.encode())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[[https://a.b][the site]] and [[file:x.png]]", "the site and x.png"),
        ("=code= ~verbatim~ +gone+ _under_ a*b*c 1/2/3", "code verbatim gone under a*b*c 1/2/3"),
        ("*/both/* ends.", "both ends."),
        ("snake_case_name and a / b / c", "snake_case_name and a / b / c"),
    ],
)
def test_inline_marks_leave_their_text(written: str, read: str) -> None:
    assert parse(written).text == read


def test_a_block_that_never_ends_ends_with_its_section() -> None:
    assert parse("#+begin_src c\nint x;\n* Next\ntext\n").text == "int x;\n\nNext\n\ntext"


def test_tags_keywords_and_dates_are_values_that_can_be_filtered() -> None:
    head = "#+TITLE: T\n#+DATE: <2024-03-01 Fri 10:00>\n#+FILETAGS: :harbour:boats:\n#+KEYWORDS: pump; winter, pump\n"
    assert parse(head + "Text.").metadata == {
        "date": date(2024, 3, 1),
        "tags": ("harbour", "boats"),
        "keywords": ("pump", "winter"),
    }
    assert parse("#+DATE: March 2024\n#+FILETAGS: one two\nText.").metadata == {
        "date": "March 2024",
        "tags": ("one", "two"),
    }


def test_entities_are_characters_but_in_code_and_snippets_for_one_output_are_gone() -> None:
    parsed = parse(
        "Copyright \\copy{} 2000, \\alpha and =C:\\copy= \\unknown \\frac{1}{2} @@texinfo:@dfn{@@free@@texinfo:}@@ word\n"
    )
    assert parsed.text == "Copyright © 2000, α and C:\\copy \\unknown \\frac{1}{2} free word"


def test_only_a_headline_that_the_file_begins_with_is_its_title() -> None:
    assert OrgParser().parse(b"# note\n* The plan\nText\n* Then\n", name="a.org").title == "The plan"
    assert OrgParser().parse(b"Words first.\n* Tasks\nText\n", name="notes.org").title == "notes"
