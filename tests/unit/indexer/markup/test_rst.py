"""reStructuredText: structure, inline marks, directives, tables; what is not known keeps its text."""

from __future__ import annotations

from datetime import date

import pytest

from indexer.parsers import Parsed, parser_for
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


def test_the_header_of_a_pep_is_its_title_and_metadata_and_no_text() -> None:
    header = "PEP: 1\nTitle: Purpose\nAuthor: A. Writer,\n        B. Other\nStatus: Active\nCreated: 19-Aug-2004\n"
    parsed = parse(f"{header}\n\nWhat?\n=====\n\nText.\n")
    assert parsed.title == "PEP 1 \N{EN DASH} Purpose"
    assert parsed.text == "What?\n\nText."
    assert parsed.metadata == {
        "pep": "1",
        "author": "A. Writer, B. Other",
        "status": "Active",
        "created": date(2004, 8, 19),
        "date": date(2004, 8, 19),
    }
    assert parse("Note: this\nis a paragraph\nof text.\n").text == "Note: this is a paragraph of text."


def test_fields_below_the_title_tell_of_the_document_and_others_are_text() -> None:
    fields = ":Author: A. Writer\n:Date: 2025-01-31\n:orphan:\n:Tool: hammer\n"
    parsed = parse(f"Title\n=====\n\n{fields}\nText.\n\n:Author: B\n")
    assert parsed.text == "Title\n\nTool: hammer\n\nText.\n\nAuthor: B"
    assert parsed.metadata == {"author": "A. Writer", "date": date(2025, 1, 31)}


def test_what_a_term_means_stands_beside_it() -> None:
    assert parse("term\n    Its meaning.\n\n    More.\n\nx : int\n    The value.\n").text == (
        "term: Its meaning.\n\nMore.\n\nx : int\nThe value."
    )
    assert parse("term\n    - one\n    - two\n").text == "term\n\n- one\n- two"


def test_cells_of_a_grid_may_reach_over_rows_and_columns() -> None:
    grid = (
        "+-----+-----+----+\n| Name      | of |\n+=====+=====+====+\n| 東京| min | -8 |\n|     +-----+----+\n"
        "| two | max | 40 |\n+-----+-----+----+\n"
    )
    assert parse(grid).text == "Name |  | of\n東京 two | min | -8\n|  | max | 40"


def test_sources_as_sphinx_ships_them_are_read_as_what_they_are() -> None:
    parser = parser_for("_sources/page.rst.txt")
    assert parser is not None and parser.name == "rst"


def test_a_literal_block_in_an_item_ends_where_the_text_of_the_item_goes_on() -> None:
    parsed = parse(
        "#. call ::\n\n     run it\n\n   where ``it`` is a *name*.\n\n* or::\n\n    more\n      of it\n\n  and go on.\n"
    )
    assert parsed.text == "- call\n\nrun it\n\nwhere it is a name.\n\n- or:\n\nmore\n  of it\n\nand go on."


def test_a_note_that_is_a_list_is_said_above_it() -> None:
    assert parse(".. seealso::\n\n   - one\n   - two\n").text == "See also:\n\n- one\n- two"


def test_fields_of_the_header_tell_of_the_document_behind_those_that_are_text() -> None:
    parsed = parse(
        "Title\n=====\n\n:Maintainer: Ann\n:Date: $Date: 2022-07-05 22:04:21 +0200 (Di, 05. Jul 2022) $\n"
        ":Revision: $Revision: 9103 $\n\nText.\n\n:date: 1999-01-01\n"
    )
    assert parsed.metadata == {"date": date(2022, 7, 5), "revision": "9103"}
    assert parsed.text == "Title\n\nMaintainer: Ann\n\nText.\n\ndate: 1999-01-01"


def test_names_of_roles_may_be_in_capitals() -> None:
    assert parse("See :PEP:`258` and :RFC:`822`.").text == "See PEP 258 and RFC 822."
