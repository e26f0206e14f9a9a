"""HTML: main content, headings, metadata, charset."""

from __future__ import annotations

from datetime import UTC, datetime

from indexer.parsers import Parsed
from indexer.parsers.html import HtmlParser

ARTICLE = "".join(
    f"<h2>Part {n}</h2><p>This is paragraph number {n}, which says something about mending kettles, and says it at "
    "some length so that it is taken for content.</p>"
    for n in range(1, 6)
)
PAGE = f"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Kettles | The Shop</title>
<meta name="author" content="Ada Smith"><meta name="keywords" content="kettle, tin ,mending">
<meta property="article:published_time" content="2023-05-06T07:08:09Z"><meta name="description" content="How to.">
<style>p {{ color: red }}</style><script>var tracked = 1;</script></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/s">Shop</a></li></ul></nav>
<article><h1>Kettles</h1>{ARTICLE}</article><footer>Cookies and the rest</footer></body></html>"""


def parse(source: str | bytes, name: str = "page.html") -> Parsed:
    return HtmlParser().parse(source.encode() if isinstance(source, str) else source, name=name)


def test_a_page_is_its_article() -> None:
    parsed = parse(PAGE)
    assert parsed.title == "Kettles"
    assert parsed.language == "en"
    assert [h.text for h in parsed.headings] == ["Kettles", *(f"Part {n}" for n in range(1, 6))]
    for unwanted in ("Home", "Cookies", "tracked", "color"):
        assert unwanted not in parsed.text
    assert parsed.metadata == {
        "author": "Ada Smith",
        "keywords": ("kettle", "tin", "mending"),
        "date": datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC),
        "description": "How to.",
    }


def test_a_page_that_extraction_would_gut_is_read_whole() -> None:
    rows = "".join(f"<div><span>Item {n}</span> <b>{n * 7} pounds</b></div>" for n in range(60))
    parsed = parse(f"<html><body><nav>Menu</nav><div>{rows}</div><footer>Imprint</footer></body></html>")
    assert parsed.text.count("pounds") == 60
    assert "Menu" not in parsed.text
    assert "Imprint" not in parsed.text


def test_a_page_that_is_all_navigation_is_not_empty() -> None:
    assert parse("<html><body><nav><a href=x>Only this</a></nav></body></html>").text == "Only this"


def test_fragments_are_read_whole_with_front_matter() -> None:
    parsed = parse(
        "---\ntitle: Attributes\n---\n<p>An <em>attribute</em> is\n a keyword.</p><aside>Note {{site.x}}</aside>"
    )
    assert (parsed.title, parsed.text) == ("Attributes", "An attribute is a keyword.\n\nNote")


def test_preformatted_text_lists_and_tables_keep_their_lines() -> None:
    parsed = parse(
        "<h1>Do</h1><pre>\nif a:\n    b\n</pre><ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul>"
        "<table><tr><th>n</th><th>v</th></tr><tr><td><p>1</p></td><td><p>x <b>y</b></p></td></tr></table>a<br>b"
    )
    assert parsed.text == "Do\n\nif a:\n    b\n\n- one\n- two\n  1. deep\n\nn | v\n1 | x y\n\na\nb"


def test_title_without_h1_and_without_title() -> None:
    assert parse("<html><head><title> A\n B </title></head><body>x</body></html>").title == "A B"
    assert parse("<html><body><h1>Top</h1>x</body></html>").title == "Top"
    assert parse("<html><body>x</body></html>").title == "page"


def test_declared_charsets_are_believed() -> None:
    assert "Łódź" in parse('<meta charset="iso-8859-2"><p>Łódź'.encode("iso-8859-2")).text
    assert (
        "“quoted”"
        in parse(
            '<meta http-equiv=content-type content="text/html; charset=iso-8859-1"><p>“quoted”'.encode("cp1252")
        ).text
    )
    assert (
        "天地"
        in parse('<?xml version="1.0" encoding="gb2312"?><html><body><p>天地</p></body></html>'.encode("gb2312")).text
    )


def test_a_charset_is_found_below_a_script() -> None:
    script = f"<script>{'// a long script' * 500}</script>"
    page = f'<html><head>{script}<meta charset="windows-1251"></head><body><p>Москва</p></body></html>'
    assert parse(page.encode("cp1251")).text == "Москва"


def test_xml_declaration_of_another_encoding_than_the_bytes() -> None:
    assert parse('<?xml version="1.0" encoding="iso-8859-1"?><html><body><p>é天</p></body></html>').text == "é天"


def test_empty_and_hidden_pages_have_no_text() -> None:
    for source in (
        "",
        "<!-- nothing -->",
        "<html></html>",
        "<script>x()</script>",
        "<html><body> &nbsp; </body></html>",
    ):
        assert parse(source).text == ""


def body(markup: str) -> str:
    return parse(f"<p>{markup}</p>").text


def test_marks_of_notes_are_set_apart_and_exponents_are_not() -> None:
    assert body("a moratorium<sup>1</sup> binds") == "a moratorium 1 binds"
    assert body("the vineyards<sup><a href='#fn2'>2</a></sup>.") == "the vineyards 2."
    assert body("the word.<sup>3</sup> The") == "the word. 3 The"
    assert body("cited<sup>[4]</sup>, noted<sup>*</sup> here") == "cited [4], noted * here"
    assert body("10<sup>6</sup> m<sup>2</sup>, x<sup>2</sup>, 5<sup>th</sup>, (a+b)<sup>2</sup>, cm<sup>3</sup>") == (
        "106 m2, x2, 5th, (a+b)2, cm3"
    )


def test_elements_that_are_no_blocks_do_not_break_a_line() -> None:
    text = body(
        "The moot in <st1:place>Lyon</st1:place> each <nobr>second spring</nobr> by <x-term>lantern</x-term> "
        "<picture><img alt='light'></picture> <math><mi>x</mi><mo>+</mo><mn>1</mn></math>"
    )
    assert text == "The moot in Lyon each second spring by lantern light x+1"


def test_an_aside_in_the_article_is_content() -> None:
    sentences = " ".join(f"Sentence number {n} tells of the pump and of its seal in the cold months." for n in range(9))
    parts = "".join(f"<h2>Part {n}</h2><p>{sentences}</p>" for n in range(4))
    page = (
        f"<html><body><aside>Cookies</aside><main><h1>Pumps</h1>{parts}<aside class='caution'><p>Disconnect the magneto "
        f"first.</p></aside></main><aside>Related</aside></body></html>"
    )
    text = parse(page).text
    assert "Disconnect the magneto first." in text
    assert "Cookies" not in text and "Related" not in text


def test_a_wrongly_declared_short_page_is_western() -> None:
    page = (
        '<html><head><meta charset="utf-8"></head><body><p>Zürich, Genève und Straße, für alle Fälle.</p></body></html>'
    )
    parsed = HtmlParser().parse(page.encode("cp1252"), name="x.html")
    assert parsed.text == "Zürich, Genève und Straße, für alle Fälle."
