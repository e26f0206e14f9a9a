"""AsciiDoc: sections, attributes, lists, blocks, tables, inline marks and macros."""

from __future__ import annotations

import pytest

from indexer.parsers import Parsed
from indexer.parsers.markup.asciidoc import AsciiDocParser
from tests.unit.indexer.places import assert_lines_hold_their_words, headings, place_of


def parse(text: str) -> Parsed:
    return AsciiDocParser().parse(text.encode(), name="page.adoc")


def test_sections_and_the_header() -> None:
    parsed = parse("= Title\nJane Doe <j@d.org>\n:lang: de\n:keywords: a, b\n\n== One\n\nText.\n\n=== Deeper\n")
    assert headings(parsed) == [(1, "Title"), (2, "One"), (3, "Deeper")]
    assert (parsed.title, parsed.language) == ("Title", "de")
    assert parsed.metadata == {"author": "Jane Doe", "keywords": ("a", "b")}


def test_a_title_may_be_underlined() -> None:
    assert headings(parse("Title\n=====\n\nOne\n---\n\nText.\n")) == [(1, "Title"), (2, "One")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("*bold* _it_ `code` #mark# and 2 * 3 * 4", "bold it code mark and 2 * 3 * 4"),
        ('**un**constrained and "`quotes`"', "unconstrained and “quotes”"),
        ("https://a.b[the site^] and link:x.html[here]", "the site and here"),
        ("<<id,the section>> and xref:a.adoc[that]", "the section and that"),
        ("a term((term)) (((hidden, index))) kbd:[Ctrl+C]", "a termterm Ctrl+C"),
        ("text.footnote:[A note.] pass:[x]", "text. (A note.) x"),
        ("unknown:macro[its text] stays", "its text stays"),
        ("{unknown} stays", "{unknown} stays"),
    ],
)
def test_inline_marks_leave_their_text(written: str, read: str) -> None:
    assert parse(written).text == read


def test_attributes_stand_for_their_values() -> None:
    assert parse(":v: 3.1\n:name: Winnow {v}\n\nThis is {name}.\n").text == "This is Winnow 3.1."


def test_attributes_cannot_grow_a_small_file_into_an_endless_text() -> None:
    source = ":a: " + "x" * 5000 + "\n\n" + "{a} " * 100_000
    assert len(parse(source).text) < 20_000_000


def test_lists_with_what_is_attached_to_them() -> None:
    source = "* one\n** inner\n* two\n+\nAttached.\n\n. first\n. second\n\nterm:: meaning\n"
    assert parse(source).text == "- one\n  - inner\n- two\n\nAttached.\n\n- first\n- second\nterm: meaning"


def test_blocks_are_verbatim_or_text_or_left_out() -> None:
    source = (
        "[source,ruby]\n----\nputs 1 # <1>\n----\n<1> Prints.\n\n////\nhidden\n////\n\n"
        "[NOTE]\n====\nCareful.\n====\n\nTIP: Short.\n\n====\nnever closed\n"
    )
    assert parse(source).text == "puts 1\n\n<1> Prints.\n\nNote: Careful.\n\nTip: Short.\n\nnever closed"


def test_tables_have_the_columns_of_their_first_line_or_of_their_style() -> None:
    assert parse("|===\n|A |B\n\n|1\n|two\nlines\n|3 |four\n|===\n").text == "A | B\n1 | two lines\n3 | four"
    assert parse('[cols="1,1"]\n|===\n|A\n|B\n|1\n|2\n|===\n').text == "A | B\n1 | 2"
    assert parse('[format=csv]\n|===\nA,B\n1,"2,3"\n|===\n').text == "A | B\n1 | 2,3"


def test_conditions_and_comments_are_left_out_and_anchors_are_places() -> None:
    source = "ifdef::x[]\n== Shown\nendif::[]\n// comment\n\n[#here]\n== Place\n\nText\n// in between\ngoes on.\n"
    parsed = parse(source)
    assert parsed.text == "Shown\n\nPlace\n\nText goes on."
    assert place_of(parsed, "Text", "anchor") == "here"
    assert place_of(parsed, "goes on") == "11"
    assert_lines_hold_their_words(parsed, source.encode())


def test_an_address_that_begins_with_an_attribute_nobody_defined_is_its_label() -> None:
    assert parse("See {url-site}/page[the page^] and {url-site}[a site].").text == "See the page and a site."


def test_references_to_manual_pages_say_their_names_and_rules_say_nothing() -> None:
    parsed = parse("See linkgit:git-log[1] and man:printf[3p].\n\n'''''\n\nmac:x[one two]\n")
    assert parsed.text == "See git-log(1) and printf(3p).\n\none two"


def test_what_a_block_is_called_is_no_title_above_its_first_line() -> None:
    parsed = parse("= T\n\n[tabs]\n======\nJava::\n+\nText.\n======\n")
    assert headings(parsed) == [(1, "T")]
    assert "tabs" not in parsed.text
