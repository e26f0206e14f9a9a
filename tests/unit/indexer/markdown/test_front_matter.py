"""Front matter in all its forms, and what of it is searched."""

from __future__ import annotations

import pytest

from indexer.parsers import Parsed
from indexer.parsers.markdown import MarkdownParser


def parse(source: str) -> Parsed:
    return MarkdownParser().parse(source.encode(), name="some-page.md")


def test_json_front_matter_is_read() -> None:
    parsed = parse('{\n  "title": "T",\n  "tags": ["a", "b"],\n  "weight": 3\n}\n\nBody.')
    assert (parsed.title, parsed.metadata) == ("T", {"tags": ("a", "b"), "weight": 3})
    assert parsed.text == "tags: a, b\n\nBody."


@pytest.mark.parametrize("text", ['{"a": 1} is an object.', '{"a": [1', '{"a": 1}', "{{ a }}", '{ "title'])
def test_other_braces_are_no_front_matter(text: str) -> None:
    assert parse(text).text == text and parse(text).metadata == {}


def test_the_id_of_a_page_is_no_documents_id() -> None:
    assert parse("---\nid: intro\n---\nText").metadata == {"page_id": "intro"}


def test_what_front_matter_says_of_the_subject_follows_the_title() -> None:
    parsed = parse(
        "---\ndescription: How to *install* it\nsummary: Short.\naliases: [Setup, /old/path/]\ntags: a, b\nweight: 3\n---\n"
        "# Install\n\nText."
    )
    assert parsed.text == "Install\n\nHow to install it\n\nShort.\n\naliases: Setup\n\ntags: a, b\n\nText."


def test_what_the_page_says_itself_is_not_said_twice() -> None:
    assert parse("---\ndescription: The tool reads files.\n---\nThe [tool](x) reads\n*files*. Really.").text == (
        "The tool reads files. Really."
    )


def test_a_page_of_front_matter_alone_is_found_by_what_it_says() -> None:
    parsed = parse("---\ntitle: Getting started\ndescription: How to install\n---\n{{< children >}}\n")
    assert parsed.text == "Getting started\n\nHow to install"
    assert [(heading.level, heading.text) for heading in parsed.headings] == [(1, "Getting started")]


def test_a_description_that_is_no_text_is_none_of_the_text() -> None:
    assert parse("---\ndescription: 3\ntags: {a: 1}\nkeywords: [1, 2]\n---\nText").text == "keywords: 1, 2\n\nText"
