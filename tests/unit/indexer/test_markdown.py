"""Markdown as a reader sees it."""

from __future__ import annotations

from datetime import date

import pytest

from indexer.parsers.liquid import strip_liquid
from indexer.parsers.markdown import MarkdownParser


def parse(text: str, name: str = "some-page.md"):
    return MarkdownParser().parse(text.encode(), name=name)


def test_markup_goes_and_words_stay():
    parsed = parse(
        "# The *Title*\n\nSome **bold**, `code`, [a link](http://x.y/z) and ![a picture](p.png)\n"
        "on two lines.\n\n> quoted\n\nA <b>tag</b><!-- hidden --> too &amp; more."
    )
    assert parsed.title == "The Title"
    assert parsed.text == (
        "The Title\n\nSome bold, code, a link and a picture on two lines.\n\nquoted\n\nA tag too & more."
    )
    assert [(h.level, h.text, h.start) for h in parsed.headings] == [(1, "The Title", 0)]


def test_code_keeps_its_lines_and_indentation():
    text = parse("Do:\n\n```python\nif a:\n    b = [1]\n\n    c()\n```\n\n    indented\n      more\n").text
    assert text == "Do:\n\nif a:\n    b = [1]\n\n    c()\n\nindented\n  more"


def test_tables_and_lists_are_lines():
    text = parse("| a | b |\n|:--|--:|\n| 1 | `x`<br>y |\n| 2 |  |\n\n- one\n- two\n  - deeper\n\n  more of two\n").text
    assert text == "a | b\n1 | x\ny\n2\n\n- one\n- two\n  - deeper\nmore of two"


def test_pipes_outside_of_tables_are_text():
    assert parse("`|` is a pipe, so is \\|").text == "| is a pipe, so is |"


def test_wrapped_chinese_is_not_given_spaces():
    assert parse("天地玄黄，\n宇宙洪荒。\nabc\ndef").text == "天地玄黄，宇宙洪荒。 abc def"


def test_front_matter_is_title_language_and_typed_metadata():
    parsed = parse(
        "---\ntitle: 'A: B'\nlang: de-AT\ndate: 2024-03-01\nwhen: 2024-03-01T10:00:00Z\nquoted: '2024-03-02'\n"
        "rank: 3\nshare: .5\ndraft: false\ntags: [x, y, 2]\nnested: {a: 1}\nlist: [[1]]\nempty:\n"
        "my key: v\n---\n\n# Other\n\nBody.\n"
    )
    assert parsed.title == "A: B"
    assert parsed.language == "de"
    assert parsed.text == "Other\n\nBody."
    assert parsed.metadata == {
        "date": date(2024, 3, 1),
        "when": date(2024, 3, 1),
        "quoted": date(2024, 3, 2),
        "rank": 3.0,
        "share": 0.5,
        "draft": False,
        "tags": ("x", "y", "2"),
        "my_key": "v",
    }
    assert isinstance(parsed.metadata["draft"], bool)


def test_a_number_as_title_is_written_as_it_stands():
    assert parse("---\ntitle: 1984\n---\nText").title == "1984"


@pytest.mark.parametrize("bad", ["title: Filters: an overview\nrank: 2", "title: Filters: an overview\n{{ [\nrank: 2"])
def test_broken_front_matter_yields_the_fields_that_can_be_read(bad):
    parsed = parse(f"---\n{bad}\n---\nBody.")
    assert (parsed.title, parsed.metadata, parsed.text) == ("Filters: an overview", {"rank": 2.0}, "Body.")


def test_a_rule_at_the_top_is_no_front_matter():
    assert parse("---\nJust a paragraph between rules.\n\n---\nAnd another.").text.startswith("Just a paragraph")


def test_title_falls_back_to_the_first_h1_and_then_to_the_file():
    assert parse("## Sub\n\n# Top\n").title == "Top"
    assert parse("## Sub\n\ntext").title == "some-page"


def test_jekyll_tags_go_only_where_jekyll_would_read_them():
    jekyll = (
        "---\nlayout: default\n---\n# Head {: .no_toc}\n\nSee [x]({{site.url}}{{ site.baseurl }}/y).\n{: .note}\n\n"
        '```json\n{ "a": "{{value}}" }\n```\n{% include copy.html %}\n\n'
        "{% include note.html content='Mind the <b>gap</b>.' %}\n\n{% comment %}hidden{% endcomment %}\n"
        "{% raw %}{% if x %}{% endraw %}\n"
    )
    assert parse(jekyll).text == 'Head\n\nSee x.\n\n{ "a": "{{value}}" }\n\nMind the gap.\n\n{% if x %}'
    assert "{% if x %}" in parse("# Jinja\n\nWrite {% if x %} so.").text


def test_unclosed_liquid_is_read_in_linear_time():
    assert len(strip_liquid("{% raw %} {% " * 5_000)) > 0
    assert strip_liquid("{% " * 5_000).startswith("{%")


def test_html_blocks_are_read_across_blank_lines():
    text = parse(
        "<table>\n<tr><th>a</th>\n\n<td>b</td></tr></table>\n\n<pre>\n x\n  y\n</pre>\n<script>no()</script>"
    ).text
    assert text == "a | b\n\n x\n  y".strip() or text == "a | b\n\nx\n  y"
    assert "no()" not in text
