"""Markdown as a reader sees it: CommonMark, front matter, Jekyll, raw HTML."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from indexer.parsers import Parsed
from indexer.parsers.liquid import strip_liquid
from indexer.parsers.markdown import MarkdownParser


def parse(text: str, name: str = "some-page.md") -> Parsed:
    return MarkdownParser().parse(text.encode(), name=name)


def test_markup_goes_and_words_stay() -> None:
    parsed = parse(
        "# The *Title*\n\nSome **bold**, `code`, [a link](http://x.y/z) and ![a picture](p.png)\n"
        "on two lines.\n\n> quoted\n\nA <b>tag</b><!-- hidden --> too &amp; more."
    )
    assert parsed.title == "The Title"
    assert parsed.text == (
        "The Title\n\nSome bold, code, a link and a picture on two lines.\n\nquoted\n\nA tag too & more."
    )
    assert [(h.level, h.text, h.start) for h in parsed.headings] == [(1, "The Title", 0)]


def test_code_keeps_its_lines_and_indentation() -> None:
    text = parse("Do:\n\n```python\nif a:\n    b = [1]\n\n    c()\n```\n\n    indented\n      more\n").text
    assert text == "Do:\n\nif a:\n    b = [1]\n\n    c()\n\nindented\n  more"


def test_tables_and_lists_are_lines() -> None:
    text = parse("| a | b |\n|:--|--:|\n| 1 | `x`<br>y |\n| 2 |  |\n\n- one\n- two\n  - deeper\n\n  more of two\n").text
    assert text == "a | b\n1 | x y\n2\n\n- one\n- two\n  - deeper\nmore of two"


def test_pipes_outside_of_tables_are_text() -> None:
    assert parse("`|` is a pipe, so is \\|").text == "| is a pipe, so is |"


def test_wrapped_chinese_is_not_given_spaces() -> None:
    assert parse("天地玄黄，\n宇宙洪荒。\nabc\ndef").text == "天地玄黄，宇宙洪荒。 abc def"


def test_front_matter_is_title_language_and_typed_metadata() -> None:
    parsed = parse(
        "---\ntitle: 'A: B'\nlang: de-AT\ndate: 2024-03-01\nwhen: 2024-03-01T10:00:00Z\nquoted: '2024-03-02'\n"
        "rank: 3\nshare: .5\ndraft: false\ntags: [x, y, 2]\nnested: {a: 1}\nlist: [[1]]\nempty:\n"
        "my key: v\n---\n\n# Other\n\nBody.\n"
    )
    assert parsed.title == "A: B"
    assert parsed.language == "de"
    assert parsed.text == "Other\n\ntags: x, y, 2\n\nBody."
    assert parsed.metadata == {
        "date": date(2024, 3, 1),
        "when": datetime(2024, 3, 1, 10, tzinfo=UTC),
        "quoted": date(2024, 3, 2),
        "rank": 3,
        "share": 0.5,
        "draft": False,
        "tags": ("x", "y", "2"),
        "my_key": "v",
    }
    assert isinstance(parsed.metadata["draft"], bool)


def test_a_number_as_title_is_written_as_it_stands() -> None:
    assert parse("---\ntitle: 1984\n---\nText").title == "1984"


@pytest.mark.parametrize("bad", ["title: Filters: an overview\nrank: 2", "title: Filters: an overview\n{{ [\nrank: 2"])
def test_broken_front_matter_yields_the_fields_that_can_be_read(bad: str) -> None:
    parsed = parse(f"---\n{bad}\n---\nBody.")
    assert (parsed.title, parsed.metadata, parsed.text) == ("Filters: an overview", {"rank": 2.0}, "Body.")


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert parse("---\nJust a paragraph between rules.\n\n---\nAnd another.").text.startswith("Just a paragraph")


def test_title_falls_back_to_the_first_h1_and_then_to_the_file() -> None:
    assert parse("## Sub\n\n# Top\n").title == "Top"
    assert parse("## Sub\n\ntext").title == "some-page"


def test_jekyll_tags_go_only_where_jekyll_would_read_them() -> None:
    jekyll = (
        "---\nlayout: default\n---\n# Head {: .no_toc}\n\nSee [x]({{site.url}}{{ site.baseurl }}/y).\n{: .note}\n\n"
        '```json\n{ "a": "{{value}}" }\n```\n{% include copy.html %}\n\n'
        "{% include note.html content='Mind the <b>gap</b>.' %}\n\n{% comment %}hidden{% endcomment %}\n"
        "{% raw %}{% if x %}{% endraw %}\n"
    )
    assert parse(jekyll).text == 'Head\n\nSee x.\n\n{ "a": "{{value}}" }\n\nMind the gap.\n\n{% if x %}'
    assert "{% if x %}" in parse("# Jinja\n\nWrite {% if x %} so.").text


def test_unclosed_liquid_is_read_in_linear_time() -> None:
    assert len(strip_liquid("{% raw %} {% " * 5_000)) > 0
    assert strip_liquid("{% " * 5_000).startswith("{%")


def test_html_blocks_are_read_across_blank_lines() -> None:
    text = parse(
        "<table>\n<tr><th>a</th>\n\n<td>b</td></tr></table>\n\n<pre>\n x\n  y\n</pre>\n<script>no()</script>"
    ).text
    assert text == "a | b\n\n x\n  y".strip() or text == "a | b\n\nx\n  y"
    assert "no()" not in text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Use the <select> element, or <script> when you need more.", None),
        ("usage: copytool <source> <object> [--zebra] copies it", None),
        ("A List<String>, a Vec<u8>, a std::map<int> and <your-api-key>, <file-name>.", None),
        ("The <title>, <textarea>, <plaintext> and <xmp> elements, an <input> and </p>.", None),
        ("<?php echo 1 ?> and <!DOCTYPE html> and <T>", None),
        ("<script> begins a line", None),
        ("<style> begins one too, <iframe src=x> as well", None),
        ("<your-api-key>", None),
        ("<!-- is never closed", None),
        (
            "A <b>bold</b> word, H<sub>2</sub>O, a break<br>and <span class=x>more</span>.",
            "A bold word, H2O, a break\nand more.",
        ),
        ("Text <!-- a comment --> goes on.", "Text goes on."),
        ("<a name='top'>Back to the top", "Back to the top"),
    ],
)
def test_only_known_and_closed_elements_are_markup(source: str, text: str | None) -> None:
    parsed = parse(f"# First\n\n{source}\n\n## Second\n\nThe end.")
    assert parsed.text == f"First\n\n{text or source}\n\nSecond\n\nThe end."
    assert [heading.text for heading in parsed.headings] == ["First", "Second"]


def test_blocks_of_html_are_read_as_such() -> None:
    text = parse(
        "<div align=center>\n\n**bold**\n\n</div>\n\n<details>\n<summary>More</summary>\n\ntext\n\n</details>"
    ).text
    assert text == "bold\n\nMore\n\ntext"
    assert parse("<div>\nA <key> in a block\n</div>").text == "A <key> in a block"


def test_what_is_left_out_of_raw_html_is_said() -> None:
    parsed = parse("Choose <select><option>red</option></select> here.\n\n<script>\nlet a = 1;\n</script>")
    assert parsed.text == "Choose here."
    assert len(parsed.remarks) == 1 and "<select>" in parsed.remarks[0]
    assert parse("Nothing is left out of <this>.").remarks == ()


CODE = """```elixir
{:ok, x} ->
  {:error, :enoent}
(def other {:colour "vermilion"}
{% for host in groups['canal'] %}
{{ page.title }} of {{ site.brigadoon }}
```"""


@pytest.mark.parametrize("matter", ["title: T", "layout: default"])
def test_code_is_never_taken_for_markup_of_a_site(matter: str) -> None:
    text = parse(f"---\n{matter}\n---\n{CODE}\n\nUse `{{% verbatim %}}` and `{{{{ site.x }}}}` so.\n").text
    assert text == "\n".join(CODE.split("\n")[1:-1]) + "\n\nUse {% verbatim %} and {{ site.x }} so."


def test_a_front_matter_alone_makes_no_jekyll_page() -> None:
    text = "Loop: {% for x in y %} {{ x }} {% endfor %}.\n\n{:ok, x}\n\n{:noreply, state}"
    assert parse(f"---\ntitle: T\n---\n{text}").text == text


@pytest.mark.parametrize("attributes", ["{: .note}", "{:.a.b}", "{: #id}", '{: .x key="v w"}', "{:toc}"])
def test_attribute_lists_go(attributes: str) -> None:
    assert parse(f"---\ntitle: T\n---\nA line.\n{attributes}\n").text == "A line."
    assert (
        parse(f"---\ntitle: T\n---\n## Head {attributes}\n\n## Id {{#own}}\n\nText {{#if}}").text
        == "Head\n\nId\n\nText {#if}"
    )


@pytest.mark.parametrize("title", ["1.10", "No", "007", "12:30", "Yes", "2_000", "1984", "0x1F", "2024-01-05", "true"])
def test_a_title_is_the_scalar_as_written(title: str) -> None:
    assert parse(f"---\ntitle: {title}\n---\nText").title == title
    assert parse(f"---\nTitle: '{title}'\n---\nText").title == title


@pytest.mark.parametrize("null", ["", "~", "null"])
def test_a_title_that_is_null_is_none(null: str) -> None:
    assert parse(f"---\ntitle: {null}\n---\nText").title == "some-page"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("off", "off"),
        ("00501", "00501"),
        ("2_000", "2_000"),
        ("12:30", "12:30"),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("0o17", "0o17"),
        ("+5", "+5"),
        ("2000", 2000),
        ("-3", -3),
        ("1.5", 1.5),
        ("true", True),
        ("False", False),
        ("'true'", "true"),
        ("'12'", "12"),
        ("[no, 1.10, 007, 3]", ("no", "1.10", "007", "3")),
        ("2024-03-01", date(2024, 3, 1)),
        ("2024-01-05 10:00:00 +0800", datetime(2024, 1, 5, 2, tzinfo=UTC)),
        ("2024-01-05T10:00:00Z", datetime(2024, 1, 5, 10, tzinfo=UTC)),
        ("2001-12-14 9:59:43.10 -5", datetime(2001, 12, 14, 14, 59, 43, 100_000, tzinfo=UTC)),
        ("2016-12-31T15:59:60-08:00", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2024-01-05T23:59:61Z", "2024-01-05T23:59:61Z"),
        ("2018-11-20 16:33 +0100", datetime(2018, 11, 20, 15, 33, tzinfo=UTC)),
        ("2024-02-30", "2024-02-30"),
        ("1234567890123456789", 1234567890123456789),
    ],
)
def test_scalars_are_typed_only_where_nothing_is_lost(written: str, value: Any) -> None:
    found = parse(f"---\nfield: {written}\n---\nText").metadata["field"]
    assert found == value and type(found) is type(value)


def test_norwegian_is_a_language() -> None:
    assert parse("---\nlang: no\n---\nHytta er kald.").language == "no"


@pytest.mark.parametrize("value", ["english", "deu", "[en, de]", "on"])
def test_what_is_no_code_of_a_language_stays_a_field(value: Any) -> None:
    parsed = parse(f"---\nlanguage: {value}\nlang: fr-CA\n---\nTexte.")
    assert parsed.language == "fr" and "lang" not in parsed.metadata
    assert ("language" in parsed.metadata) is (value != "on")  # which has the form of a code


def test_toml_front_matter_is_read() -> None:
    parsed = parse(
        '+++\ntitle = "1.10"\ndate = 2024-01-05T10:00:00+08:00\nweight = 3\nversion = 1.10\ntags = ["a"]\n+++\nBody.'
    )
    assert (parsed.title, parsed.text) == ("1.10", "tags: a\n\nBody.")
    assert parsed.metadata == {
        "date": datetime(2024, 1, 5, 2, tzinfo=UTC), "weight": 3, "version": "1.10", "tags": ("a",),
    }  # fmt: skip
    assert parse("+++\nno toml\n+++\nBody.").text.startswith("+++")


def test_a_page_of_front_matter_alone_says_its_title() -> None:
    parsed = parse("---\ntitle: Ferry times\n---\n")
    assert (parsed.title, parsed.text, parsed.named) == ("Ferry times", "Ferry times", False)
    assert parse("text").named
