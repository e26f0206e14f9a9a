"""How a tree of HTML is read: blocks, headings and their anchors, lists, tables, code."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.parsers.builder import TextBuilder
from indexer.parsers.htmltext import add_html, parse_tree


def read(source: str) -> TextBuilder:
    builder = TextBuilder()
    tree = parse_tree(source)
    assert tree is not None
    add_html(builder, tree)
    return builder


def text(source: str) -> str:
    return read(source).text


def anchors(source: str) -> list[tuple[str, str]]:
    """Each anchor with the line of text that stands at it."""
    builder = read(source)
    return [(found.value, builder.text[found.start :].split("\n")[0]) for found in builder.locators]


@pytest.mark.parametrize("tag", ["code", "tt", "kbd", "samp", "x-command", "span"])
def test_code_in_a_sentence_stays_in_it(tag: str) -> None:
    assert text(f"<p>Save it as <{tag}>hello.py</{tag}> or so.</p>") == "Save it as hello.py or so."
    assert text(f"<ul><li>Run <{tag}><span>flask</span></{tag}>, then stop.</li></ul>") == "- Run flask, then stop."


def test_headings_are_headings_wherever_they_stand() -> None:
    builder = read(
        "<ul class=blockList><li class=blockList><h3>Detail</h3><ul class=blockList><li><h4>append</h4>"
        "<pre>Element append(Node node)\n  throws E</pre><div>Adds a node.</div></li></ul></li></ul>"
        "<table><tr><td><h2>In a cell</h2><p>text</p></td></tr></table><dl><dt>x<dd><h5>In a definition</h5>y</dl>"
    )
    assert [(found.level, found.text) for found in builder.headings] == [
        (3, "Detail"),
        (4, "append"),
        (2, "In a cell"),
        (5, "In a definition"),
    ]
    assert builder.text.startswith(
        "Detail\n\nappend\n\nElement append(Node node)\n  throws E\n\nAdds a node.\n\nIn a cell"
    )
    for found in builder.headings:
        assert builder.text.startswith(found.text, found.start)


def test_a_heading_that_was_never_closed_is_no_heading_of_the_whole_page() -> None:
    builder = read(f"<h1>Title<div>{'word ' * 400}</div><ul><li>item</li></ul>")
    assert builder.headings == ()
    assert builder.text.endswith("word\n\n- item")


def test_a_heading_may_hold_blocks() -> None:
    builder = read("<h2><div>Two</div><div>parts</div></h2><p>text</p>")
    assert [found.text for found in builder.headings] == ["Two parts"]


@pytest.mark.parametrize(
    "source",
    [
        "<h2 id=a>Title</h2>",
        "<section id=a><h2>Title</h2></section>",
        "<div id=b><section id=a><h2>Title</h2></section></div>",
        "<a name=a></a><h2>Title</h2>",
        "<h2><a name=a></a>Title</h2>",
        "<h2><span id=a>Title</span></h2>",
        "<p>text</p><a id=a></a><h2>Title</h2>",
        "<dl><dt id=a>Title<dd>meaning</dl>",
    ],
)
def test_a_heading_is_found_by_the_anchor_nearest_to_it(source: str) -> None:
    assert anchors(source)[-1] in (("a", "Title"), ("a", "Title: meaning"))


def test_an_anchor_of_other_text_is_not_taken_for_that_of_a_heading() -> None:
    assert anchors("<h2 id=a>A</h2><p id=b>text</p><h2>B</h2><h3 id='not one'>C</h3>") == [("a", "A")]


def test_the_blocks_of_a_cell_are_read_in_its_row() -> None:
    rows = (
        "<tr><th>Founders</th><td><div><ul><li><a>Wile Coyote</a></li><li>Road Runner</li></ul></div></td></tr>"
        "<tr><th>Seat</th><td><p>One Way,</p><p>Flagstaff</p></td><td></td></tr><tr><td></td><td><br>x<br><br>y</td></tr>"
    )
    assert text(f"<table>{rows}</table>") == "Founders | Wile Coyote, Road Runner\nSeat | One Way, Flagstaff\nx\ny"


def test_an_empty_label_keeps_its_column() -> None:
    head = "<tr><th></th><th>A</th><th>B</th></tr>"
    assert text(f"<table>{head}<tr><th>x</th><td>1</td><td>7</td></tr></table>") == "| A | B\nx | 1 | 7"
    assert text("<table><tr><th> </th></tr><tr><td></td><td>spaced</td></tr></table>") == "spaced"


def test_breaks_in_the_cells_of_a_row_do_not_break_the_row() -> None:
    rows = "<tr><th>What<th>Call<th>Right</tr><tr><td>Get<td>GET a<br>GET b<td>read<br/><br/>list</tr>"
    assert text(f"<table>{rows}</table>") == "What | Call | Right\nGet | GET a GET b | read list"


def test_a_row_that_holds_an_article_or_code_is_read_as_blocks() -> None:
    article = "".join(f"<p>{f'Sentence {n}. ' * 20}</p>" for n in range(3))
    found = text(f"<table><tr><td>Menu</td><td>{article}</td></tr><tr><td>a</td><td>b</td></tr></table>")
    assert found.split("\n\n")[0] == "Menu" and found.count("\n\n") == 4
    assert found.endswith("\n\na | b")
    assert text("<table><tr><td><pre>1\n2</pre><td><pre>if a:\n    b</pre></table>") == "1\n2\n\nif a:\n    b"


def test_definitions_follow_their_terms() -> None:
    assert text("<dl><dt>a<dd>b<dt>c<dd>d</dl>") == "a: b\nc: d"
    assert text("<dl><dt>f(x)<dd><p>Does it.</p><pre>f(1)\nf(2)</pre><p>Or not.</p><dt>g<dd>h</dl>") == (
        "f(x)\nDoes it.\n\nf(1)\nf(2)\n\nOr not.\n\ng: h"
    )


def test_a_meaning_stands_beside_a_short_term_and_below_others() -> None:
    assert text("<dl><dt>-a<dt>--all<dd>Every one.<dd>And more.</dl>") == "-a\n--all: Every one.\nAnd more."
    assert text("<dl><dt>Why?<dd>Because.<dt>+<dd>A sum.</dl>") == "Why?\nBecause.\n+\nA sum."
    assert text("<dl><dt>A<dd><dl><dt>B<dd>C</dl></dl>") == "A\nB: C"
    assert text("<dl><dt>A<dd><ul><li>one<li>two</ul></dl>") == "A\n  - one\n  - two".replace("  -", "-")
    long = "word " * 20
    assert text(f"<dl><dt>{long}<dd>Meaning.</dl>") == f"{long.strip()}\nMeaning."


def test_items_have_the_numbers_that_a_browser_shows() -> None:
    assert text("<ol><li>a<ol type=a><li>b<li>c</ol><li>d</ol>") == "1. a\n  a. b\n  b. c\n2. d"
    assert text("<ol start=9 type=I><li>a<li value=2>b<li>c</ol>") == "IX. a\nII. b\nIII. c"
    assert text("<ol reversed><li>a<li>b</ol><ul><li>c</ul>") == "2. a\n1. b\n\n- c"
    assert text("<ol start=-1><li>a<li>b</ol><ol start=x><li>c</ol>") == "-1. a\n0. b\n\n1. c"


def test_a_cell_over_several_rows_is_said_in_each_of_them() -> None:
    rows = "<tr><th rowspan=3>2025<th rowspan=2>Q1<td>Jan<td>1<tr><td>Feb<td>2<tr><td>Q2<td>Apr<td>3"
    assert text(f"<table>{rows}<tr><td>2026</table>") == (
        "2025 | Q1 | Jan | 1\n2025 | Q1 | Feb | 2\n2025 | Q2 | Apr | 3\n2026"
    )
    ends = "<tr><td colspan=2>a<td rowspan=2>b<tr><td>c<td>d"
    assert text(f"<table>{ends}</table>") == "a | b\nc | d | b"
    long = "word " * 20
    assert text(f"<table><tr><td>a<td rowspan=2>{long}<td>b<tr><td>c<td>d</table>").endswith("\nc | | d")


def test_cells_over_many_rows_do_not_make_an_endless_text() -> None:
    row = "<tr>" + "<td rowspan=9999>fifty characters or so, which are said in each row</td>" * 90
    assert len(text(f"<table>{row}{'<tr><td>a' * 3000}</table>")) < 2**20


def test_code_keeps_its_lines_however_they_are_marked_up() -> None:
    assert text("<pre><div>if a:</div><div>    b</div></pre>") == "if a:\n    b"
    assert text("<pre><span>if a:<br></span><span>&nbsp;   b</span></pre>") == "if a:\n    b"
    assert text("<pre>El\u200bement(\n  x)</pre>") == "Element(\n  x)"


def test_invisible_hyphens_and_breaks_go_where_they_are_no_text() -> None:
    assert text("<p>Wört\u00ader und java.\u200blang.\u200bString\u200b</p>") == "Wörter und java.lang.String"
    assert text("<p>ខ្ញុំ\u200bទៅ</p>") == "ខ្ញុំ\u200bទៅ"  # Khmer words are told apart by it


def test_what_stands_for_a_picture_is_read_once_and_file_names_are_not() -> None:
    picture = "<p><img alt='A map of the whole island'></p>"
    assert text(f"{picture}<p>text <img alt='IMG_01.jpg'></p>{picture}") == "A map of the whole island\n\ntext"
    yes = "<td><img alt='yes'></td>"
    assert text(f"<table><tr><td>a</td>{yes}{yes}</tr></table>") == "a | yes | yes"


def test_a_formula_is_read_in_one_notation() -> None:
    formula = (
        "<math><semantics><mrow><mi>x</mi><mo>+</mo><mn>1</mn></mrow><annotation>x+1</annotation></semantics></math>"
    )
    assert text(f"<p>Let {formula} be.</p>") == "Let x+1 be."


WORDS = re.compile(r"w\d+")
INLINE = ("b", "code", "a", "span", "x-y")
BLOCKS = (
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "tr",
    "td",
    "th",
    "pre",
    "h1",
    "h4",
    "blockquote",
    "br",
)


def elements(content: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pieces = st.lists(content, max_size=4).map(" ".join)
    return st.tuples(st.sampled_from(BLOCKS + INLINE), pieces).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>")


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.sampled_from(("w", " w ", "\n")), elements, max_leaves=40))
def test_every_word_is_read_once_and_in_order(source: str) -> None:
    numbers = iter(range(1000))
    source = re.sub(r"\bw\b", lambda _: f"w{next(numbers)}", source)
    tree = parse_tree(f"<body>{source}</body>")
    assert tree is not None
    builder = TextBuilder()
    expected = WORDS.findall(" ".join(tree.itertext()))
    add_html(builder, tree)
    assert WORDS.findall(builder.text) == expected
    for heading in builder.headings:
        assert builder.text.startswith(heading.text, heading.start)
