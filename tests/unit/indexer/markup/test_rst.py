"""reStructuredText: structure, inline marks, directives, tables; what is not known keeps its text."""

from __future__ import annotations

import pytest

from indexer.parsers import Parsed
from indexer.parsers.markup.rst import RstParser
from tests.unit.indexer.places import assert_lines_hold_their_words, headings, place_of


def parse(text: str) -> Parsed:
    return RstParser().parse(text.encode(), name="page.rst")


def test_levels_follow_the_order_in_which_styles_of_titles_appear() -> None:
    parsed = parse("=====\nTitle\n=====\n\nOne\n---\n\nText.\n\nDeeper\n~~~~~~\n\nTwo\n---\n\nEnd.\n")
    assert headings(parsed) == [(1, "Title"), (2, "One"), (3, "Deeper"), (2, "Two")]
    assert parsed.title == "Title" and not parsed.named


def test_a_wrapped_paragraph_is_one_line_whose_words_keep_their_lines() -> None:
    source = "First line\nsecond **bold\nwords** and\n:ref:`a link <target>` end.\n"
    parsed = parse(source)
    assert parsed.text == "First line second bold words and a link end."
    assert [place_of(parsed, word) for word in ("First", "bold", "words", "end")] == ["1", "2", "3", "4"]
    assert_lines_hold_their_words(parsed, source.encode())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("``a *b* c``", "a *b* c"),
        ("`text <https://a.b>`_", "text"),
        ("`phrase`_ and word_ and __init__", "phrase and word and __init__"),
        (":func:`~package.module.name`", "name"),
        (":pep:`8` and :unknown:role:`kept text`", "PEP 8 and kept text"),
        ("a note [1]_ and a |name|", "a note [1] and a name"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        (r"escaped \*stars\*", "escaped *stars*"),
    ],
)
def test_inline_marks_leave_their_text(written: str, read: str) -> None:
    assert parse(written).text == read


def test_substitutions_are_made_where_they_are_defined() -> None:
    assert parse(".. |v| replace:: version 3\n\nThis is |v|.\n").text == "This is version 3."


def test_code_and_literal_blocks_are_verbatim() -> None:
    parsed = parse("Run::\n\n    for x:\n\n        pass\n\n.. code-block:: python\n   :linenos:\n\n   y = 1\n\nEnd.\n")
    assert parsed.text == "Run:\n\nfor x:\n\n    pass\n\ny = 1\n\nEnd."
    assert place_of(parsed, "pass") == "5"


def test_lists_are_items_under_each_other() -> None:
    parsed = parse("* one\n* two\n  goes on\n\n  * inner\n\n1. first\n\n:field: value\n")
    assert parsed.text == "- one\n- two goes on\n  - inner\n1. first\nfield: value"


def test_directives_say_what_they_are_or_only_their_text() -> None:
    source = ".. warning::\n\n   Take care.\n\n.. versionadded:: 3.1\n   It is new.\n\n.. whatever:: kept\n   too\n"
    assert parse(source).text == "Warning: Take care.\n\nNew in version 3.1: It is new.\n\nkept too"


def test_comments_targets_and_contents_are_left_out() -> None:
    source = (
        ".. a comment\n   of two lines\n\n.. toctree::\n   :maxdepth: 2\n\n   a\n   b\n\n.. _place:\n\nText\n----\n"
    )
    parsed = parse(source)
    assert parsed.text == "Text"
    assert place_of(parsed, "Text", "anchor") == "place"


def test_what_sphinx_describes_is_a_section() -> None:
    parsed = parse("API\n===\n\n.. class:: Engine(x)\n\n   It runs.\n\n   .. method:: run()\n\n      Runs.\n")
    assert headings(parsed) == [(1, "API"), (2, "Engine(x)"), (3, "run()")]


def test_tables_are_rows_of_cells() -> None:
    grid = "+----+------+\n| A  | B    |\n+====+======+\n| 1  | two  |\n|    | more |\n+----+------+\n"
    simple = "===  ====\nA    B\n===  ====\n1    two\n     more\n3    four\n===  ====\n"
    listed = ".. list-table::\n   :header-rows: 1\n\n   * - A\n     - B\n   * - 1\n     - two\n"
    values = '.. csv-table::\n   :header: "A", "B"\n\n   "1", "two, three"\n'
    assert parse(grid).text == "A | B\n1 | two more"
    assert parse(simple).text == "A | B\n1 | two more\n3 | four"
    assert parse(listed).text == "A | B\n1 | two"
    assert parse(values).text == "A | B\n1 | two, three"


def test_a_pep_has_its_title_in_its_header() -> None:
    parsed = parse("PEP: 1\nTitle: Purpose\nStatus: Active\n\n\nWhat?\n=====\n\nText.\n")
    assert parsed.title == "Purpose"
    assert parsed.text.startswith("PEP: 1\nTitle: Purpose\nStatus: Active\n\nWhat?")
