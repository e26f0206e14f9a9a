"""What of a page is read, and what is left out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from indexer.parsers import Parsed
from indexer.parsers.html import HtmlParser

PROSE = " ".join(f"Sentence number {n} tells of the pump and of its seal in the cold months." for n in range(5))
ARTICLE = "".join(f"<h2 id=part{n}>Part {n}</h2><p>{PROSE}</p>" for n in range(4))
LINKS = "<ul>" + "".join(f"<li><a href=/{n}>Another story of number {n}</a></li>" for n in range(8)) + "</ul>"


def page(body: str, head: str = "<title>Pumps</title>") -> Parsed:
    source = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return HtmlParser().parse(source.encode(), name="page.html")


def around(content: str) -> str:
    """A page with a menu, a sidebar and a footer around its content."""
    return (
        f"<header><div class=logo>Acme</div><nav>{LINKS}</nav></header><div class=wrap><div class=text>{content}</div>"
        f"<div class=sidebar><h3>Most read</h3>{LINKS}</div></div><div class=site-footer>Imprint of Acme</div>"
    )


def test_what_stands_around_the_content_is_not_read() -> None:
    parsed = page(around(f"<h1>Pumps</h1>{ARTICLE}"))
    assert parsed.text.startswith("Pumps\n\nPart 0\n\nSentence number 0")
    assert parsed.text.endswith("in the cold months.")
    for unwanted in ("Another story", "Most read", "Imprint"):
        assert unwanted not in parsed.text
    assert [(found.kind, found.value) for found in parsed.locators] == [("anchor", f"part{n}") for n in range(4)]


def test_all_of_the_content_is_read_where_it_stands_side_by_side() -> None:
    blocks = "".join(f"<div class=block><h2>Part {n}</h2><p>{PROSE}</p></div>{LINKS}" for n in range(3))
    parsed = page(f"<div>{blocks}</div>")
    assert [found.text for found in parsed.headings] == ["Part 0", "Part 1", "Part 2"]
    assert parsed.text.count("Sentence number 4") == 3
    assert "Another story" not in parsed.text


def test_the_title_is_read_where_it_stands_above_the_content() -> None:
    parsed = page(f"<div id=top><h1>Pumps</h1><p>by Ada</p></div><div id=content>{ARTICLE}</div><div>{LINKS * 3}</div>")
    assert parsed.text.startswith("Pumps\n\n")
    assert parsed.title == "Pumps"


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden>{}</div>",
        "<div style='display: none'>{}</div>",
        "<div style='color:red;visibility:hidden'>{}</div>",
        "<div aria-hidden=true>{}</div>",
        "<form><label>{}</label><input></form>",
        "<nav>{}</nav>",
        "<div role=navigation>{}</div>",
        "<div role=dialog>{}</div>",
        "<dialog>{}</dialog>",
        "</article><aside><h3>Related</h3>{}</aside><article>",
        "<footer>{}</footer>",
        "<noscript>{}</noscript>",
    ],
)
def test_what_a_reader_does_not_read_is_left_out(hidden: str) -> None:
    parsed = page(f"<article><h1>Pumps</h1>{ARTICLE}{hidden.format('Allow the marmalade.')}<p>{PROSE}</p></article>")
    assert "marmalade" not in parsed.text
    assert parsed.text.count("Sentence number 0") == 5


@pytest.mark.parametrize(
    "shown",
    [
        "<div role=tabpanel hidden>{}</div>",
        "<div hidden=until-found>{}</div>",
        "<details><summary>More</summary>{}</details>",
        "<aside class=caution><p>{}</p></aside>",
        "<div class='admonition warning'><p class=title>Warning</p><p>{}</p></div>",
        "<div role=alert>{}</div>",
        "<blockquote>Words.<footer>{}</footer></blockquote>",
        "<h2><button>{}</button></h2>",
        "<h4 style='display:none'>{}</h4>",
        "<table><tr><td>Use</td><td><ul><li><a href=x>{}</a></li><li><a href=y>Others</a></li></ul></td></tr></table>",
        "<figure><img src=x><figcaption>{}</figcaption></figure>",
        "<pre>\n{}\n</pre>",
    ],
)
def test_what_a_reader_may_open_or_is_set_apart_is_read(shown: str) -> None:
    parsed = page(f"<main><h1>Pumps</h1>{ARTICLE}{shown.format('Disconnect the magneto.')}<p>{PROSE}</p></main>")
    assert "Disconnect the magneto." in parsed.text


@pytest.mark.parametrize(
    "mark",
    [
        "<a class=headerlink href='#x' title='Permalink to this heading'>¶</a>",
        "<a class=hash-link href='#x'>\u200b</a>",
        "<a class=anchor aria-hidden=true href='#x'><svg></svg></a>",
        "<a href='#x'>#</a>",
        "<a class='heading-permalink' href='#x'>Permalink</a>",
        "<span class=mw-editsection>[<a href='/edit'>edit</a>]</span>",
        "<a href='/code.html'>[source]</a>",
    ],
)
def test_marks_of_links_are_no_part_of_a_heading(mark: str) -> None:
    parsed = page(f"<main><h1>Pumps{mark}</h1>{ARTICLE}</main>", head="<title>Pumps — Manual</title>")
    assert (parsed.title, parsed.headings[0].text) == ("Pumps", "Pumps")
    if "'#x'" in mark:
        assert parsed.locators[0].value == "x"


def test_a_mark_behind_a_heading_tells_its_anchor() -> None:
    heading = "<div><h2>Seals</h2><a class=anchor aria-label='Permalink: Seals' href='#seals'><svg></svg></a></div>"
    parsed = page(f"<main><h1>Pumps</h1>{heading}<p>{PROSE}</p></main>")
    assert [(found.value, parsed.text[found.start :][:5]) for found in parsed.locators] == [("seals", "Seals")]


def test_a_heading_that_links_to_itself_is_still_read() -> None:
    terms = "<dl><dt><a href='#source'>source</a><dd>Where it comes from.<dt><a href='#plus'>+</a><dd>A sum.</dl>"
    parsed = page(f"<main><h1><a class=anchor href='#p'>Pumps</a></h1>{ARTICLE}{terms}</main>")
    assert parsed.headings[0].text == "Pumps"
    assert "source: Where it comes from.\n+\nA sum." in parsed.text


def test_a_page_without_prose_keeps_its_headings_tables_and_code() -> None:
    sections = "".join(
        f"<h2>Option {n}</h2><table><tr><th>Name</th><td><code>opt_{n}</code></td></tr></table><pre>set opt_{n}\nok</pre>"
        for n in range(20)
    )
    parsed = page(f"<div class=nosearch><div class=menu>{LINKS}</div></div><h1>Options</h1>{sections}")
    assert [found.text for found in parsed.headings] == ["Options", *(f"Option {n}" for n in range(20))]
    assert "Name | opt_7\n\nset opt_7\nok" in parsed.text
    assert "Another story" not in parsed.text


def test_lists_of_links_are_read_where_they_are_all_there_is() -> None:
    assert page(f"<nav><a href=/>Home</a></nav><main><h1>Index</h1>{LINKS}</main>").text.count("Another story") == 8


def test_all_posts_of_a_thread_are_read() -> None:
    posts = "".join(f"<article class=post><a href=/u{n}>user{n}</a><p>{PROSE}</p></article>" for n in range(4))
    assert page(f"<h1>Seals</h1><div>{posts}</div><div>{LINKS}</div>").text.count("Sentence number 2") == 4


def test_a_page_that_is_one_form_or_hidden_until_a_script_runs_is_read() -> None:
    hidden = ("<body style='visibility:hidden'>", "<div style='display:none'>", "<noscript>", "<div hidden id=S:1>")
    for opening in ("<form>", "<svg>", *hidden):
        assert "Sentence number 3" in page(f"{opening}{ARTICLE}").text, opening


def test_layout_is_told_from_data() -> None:
    parsed = page(f"<table><tr><td>{LINKS}</td><td><h1>Pumps</h1>{ARTICLE}</td></tr></table>")
    assert parsed.text.startswith("Pumps\n\nPart 0\n\nSentence")
    assert "|" not in parsed.text


def test_grids_of_javadoc_and_roles_make_tables() -> None:
    cells = "".join(f"<div class='col-x'>{cell}</div>" for cell in ("Type", "Method", "<code>int</code>", "size()"))
    grid = f"<div class='summary-table two-column-summary'>{cells}</div>"
    roles = "<div role=table><div role=row><span role=cell>a</span><span role=cell>b</span></div></div>"
    parsed = page(f"<main>{ARTICLE}{grid}{roles}<p>{PROSE}</p></main>")
    assert "Type | Method\nint | size()" in parsed.text
    assert "a | b" in parsed.text


def test_declarations_of_doxygen_are_lines() -> None:
    cells = "<td class=memname>int open</td><td>(</td><td>const char *</td><td><em>path</em></td><td>)</td>"
    parsed = page(f"<div class=contents>{ARTICLE}<table class=memname><tr>{cells}</tr></table><p>{PROSE}</p></div>")
    assert "int open ( const char * path )" in parsed.text


def test_what_a_page_says_of_itself() -> None:
    linked = (
        '{"@graph": [{"@type": "WebSite"}, {"datePublished": "2024-05-06T07:08:09Z", "author": [{"name": "Ada"}]}]}'
    )
    head = (
        "<meta property='og:title' content='Of pumps'><link rel=canonical href='https://example.org/pumps'>"
        f"<script type='application/ld+json'>{linked}</script><meta property='og:description' content=' How  to. '>"
        "<link rel=canonical href='javascript:no'>"
    )
    parsed = page(f"<p>{PROSE}</p>", head)
    assert parsed.title == "Of pumps"
    assert parsed.metadata == {
        "author": "Ada",
        "date": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        "description": "How to.",
        "canonical": "https://example.org/pumps",
    }


@pytest.mark.parametrize("bad", ["{", "[" * 50_000, '"text"', '{"datePublished": 3}', "null"])
def test_linked_data_that_is_none_is_passed_over(bad: str) -> None:
    assert page(PROSE, f"<script type='application/ld+json'>{bad}</script>").metadata == {}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Pumps | Acme", "Pumps"),
        ("Acme: Pumps", "Pumps"),
        ("Pumps for beginners", "Pumps for beginners"),
        ("Gaskets", "Gaskets"),
    ],
)
def test_the_title_is_the_heading_that_is_a_part_of_the_name(name: str, title: str) -> None:
    assert page(f"<h1>Pumps</h1>{ARTICLE}", f"<title>{name}</title>").title == title


@pytest.mark.parametrize(
    "piece", ["<table><tr><td>", "<div class=post><p>a b", "<ul><li><h3>a", "<aside>", "<pre>a\nb"]
)
@pytest.mark.parametrize("times", [5, 120])
def test_what_trafilatura_would_read_for_minutes_is_read_without_it(
    piece: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.parsers.web.content._DEPTHS", 1000)
    assert "the end" in page(piece * times + "the end").text
