"""What a page says by roles, styles, frames and scripts, and the pages that say it in a broken way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.parsers.html import HtmlParser

PROSE = " ".join(f"Sentence number {n} tells of the pump and of its seal in the cold months." for n in range(5))
ARTICLE = "".join(f"<h2>Part {n}</h2><p>{PROSE}</p>" for n in range(3))


def parse(source: str) -> Parsed:
    return HtmlParser().parse(source.encode(), name="page.html")


def inside(part: str, opening: str = "<main>") -> Parsed:
    """A page with a part in the midst of its content."""
    return parse(f"<!doctype html><html><body>{opening}{ARTICLE}{part}<p>The end.</p></body></html>")


def read(part: str) -> str:
    """The text of a part, which is the same in a page and by itself."""
    text = inside(part).text.partition(ARTICLE_TEXT)[2].removesuffix("The end.").strip()
    assert text == parse(part).text
    return text


ARTICLE_TEXT = "\n\n".join(f"Part {n}\n\n{PROSE}" for n in range(3))


@pytest.mark.parametrize(
    ("source", "level"),
    [
        ("<div role=heading aria-level=3>A <b>pump</b></div>", 3),
        ("<p role=heading>A pump</p>", 2),
        ("<span role=heading aria-level=9>A pump</span>", 6),
        ("<span role=heading aria-level=none>A pump</span>", 2),
        ("<ul><li><h4>A pump</h4></li></ul>", 4),
        ("<ol><li><div><h4>A pump</h4><p>words</p></div></li></ol>", 4),
        ("<table><tr><td><h5>A pump</h5></td><td>words</td></tr></table>", 5),
        ("<table><caption><h3>A pump</h3></caption><tr><td>words</td></tr></table>", 3),
        ("<figure><h3>A pump</h3><img src=x><figcaption>words</figcaption></figure>", 3),
        ("<figure><figcaption><h3>A pump</h3></figcaption></figure>", 3),
        ("<details><summary><h3>A pump</h3></summary>words</details>", 3),
        ("<blockquote><h6>A pump</h6>words</blockquote>", 6),
        ("<dl><dt><h4>A pump</h4><dd>words</dl>", 4),
        ("<fieldset><legend><h4>A pump</h4></legend>words</fieldset>", 4),
        ("<my-card><h3 slot=title>A pump</h3></my-card>", 3),
        ("<header><hgroup><h2>A pump</h2><p>words</p></hgroup></header>", 2),
        ("<a href=/x><h3>A pump</h3></a>", 3),
        ("<h3><a href=/x>A pump</a></h3>", 3),
        ("<h3>A<br>pump</h3>", 3),
        ("<h3 style='display:flex'><span style='display:block'>A</span> pump</h3>", 3),
    ],
)
def test_headings_are_found_everywhere(source: str, level: int) -> None:
    for parsed in (inside(source), parse(source)):
        found = [heading for heading in parsed.headings if heading.text == "A pump"]
        assert [heading.level for heading in found] == [level]
        assert parsed.text.startswith("A pump", found[0].start)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            "<p>Press <kbd><kbd>Ctrl</kbd>+<kbd>C</kbd></kbd>, then <a href=x><code>a<b>b</b></code></a>.</p>",
            "Press Ctrl+C, then ab.",
        ),
        ("<p>one <my-tag>two</my-tag><x-y>,</x-y> three<my-icon></my-icon>.</p>", "one two, three."),
        ("<p>He said <q>hello</q>, <del>old</del> <ins>new</ins>.</p>", "He said hello, old new."),
        ("<p>Press <button>Save</button> now.</p>", "Press Save now."),
        ("<dl><dt><button>Size</button><dd>Of it</dl>", "Size: Of it"),
        ("<p>Pick <select><option>a<option>b</select> now.</p>", "Pick now."),
        ("<p>one<br>two<br/><br>three</p>", "one\ntwo\n\nthree"),
        (
            "<p>super<wbr>cali&shy;fragi&nbsp;listic &lt;tag&gt; &eacute; &#x1F600;</p>",
            "supercalifragi listic <tag> é 😀",
        ),
        (
            "<p>これは<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>です。</p>",
            "これは漢字(かんじ)です。",
        ),
        ("<p><ruby><rb>東京</rb><rtc><rt>とうきょう</rt></rtc></ruby>へ</p>", "東京(とうきょう)へ"),
        ("<p>Let <math><mfrac><mi>a</mi><mi>b</mi></mfrac></math> be.</p>", "Let a/b be."),
        ("<p>The <div style='display:inline'>pump</div> runs.</p>", "The\n\npump runs."),  # <div> has ended the <p>
        ("<div>The <div style='color:red; display: inline'>pump</div> runs.</div>", "The pump runs."),
        ("<div><span style='display:block'>one</span><span style='display:block'>two</span></div>", "one\n\ntwo"),
        ("<div><input type=radio><label>Linux</label><label>Mac</label>, <label>BSD</label>.</div>", "Linux Mac, BSD."),
        ("<p>a <span style='display:inline-block'>b</span> c</p>", "a b c"),
        ("<p>a <![CDATA[<b> & c]]> d<!-- e --></p>", "a <b> & c d"),
        ("<p>a<video><p>Allow it.</video><audio>Allow</audio><canvas>Draw</canvas> b</p>", "a b"),
        ("<p>word<sup><a href='#f1'>[1]</a></sup></p>", "word [1]"),
        ("<ol class=notes><li id=f1>The note <a href='#r1'>↩</a></li></ol>", "1. The note"),
        ("<p>Words. <a href='#top'>Back to top</a></p>", "Words."),
        ("<p>A long way <a href='/up'>up</a> ↑</p>", "A long way up ↑"),
        ("<h3>History <span class=editsection>[<a href=/e>edit</a>]</span></h3>", "History"),
        ("<h3>History [<a href=/e>edit</a>]</h3>", "History"),
        ("<h3>How to <a href=/e>edit</a></h3>", "How to edit"),
        ("<dl><div><dt>a<dd>b</div><div><dt>c<dd>d</div></dl>", "a: b\nc: d"),
        ("<address>12 Road<br>Town</address>", "12 Road\nTown"),
        ("<details><summary>a</summary><details><summary>b</summary>c</details></details>", "a\n\nb\n\nc"),
        ("<table><tr><td><code>a</code><td><p>b</p><p>c</p><td><ul><li>d<li>e</ul></table>", "a | b c | d, e"),
    ],
)
def test_parts_of_lines_stay_in_them(source: str, text: str) -> None:
    assert read(source) == text


@pytest.mark.parametrize(
    "source",
    [
        "<table><tr><td class=linenos><pre>1\n2</pre><td class=code><pre>{}</pre></table>",
        "<table><tr><td class='rouge-gutter gl'><pre class=lineno>1\n2\n</pre><td><pre>{}</pre></table>",
        "<table><tr><td class=gutter><div>1</div><div>2</div><td class=code><div><div>if a:</div>"
        "<div>&nbsp;&nbsp;&nbsp;&nbsp;b</div></div></table>",
        "<pre><span class=ln>1</span>{}</pre>",
        "<pre><span class=line-numbers-rows><span></span></span>{}</pre>",
        "<div class=highlight><button class=copy>Copy</button><pre><code>{}</code></pre></div>",
        "<pre><div class=line>if a:</div><div class=line>    b</div></pre>",
        "<pre>if a:<br>    b</pre>",
        "<table><tr><td><pre><span>if a:</span>\n<span>    b</span></pre></table>",
    ],
)
def test_code_keeps_its_lines_and_loses_their_numbers(source: str) -> None:
    assert read(source.format("if a:\n    b")) == "if a:\n    b"


def test_numbers_that_are_no_numbers_of_lines_stay() -> None:
    assert read("<p>See <a class=lnk href=/x>3</a> and <span class=line-normal>4</span>.</p>") == "See 3 and 4."


def test_a_section_may_be_called_what_menus_are_called() -> None:
    sections = "".join(
        f"<div class=section id={name.lower().replace(' ', '-')}><h2>{name}</h2><p>To set it, call <code>set()</code>.</p></div>"
        for name in ("Cookies", "Set Cookie Options", "Sharing", "Related Projects", "Breadcrumb", "Comments")
    )
    page = inside(f"<div class=section id=start><h2>Start</h2><p>{PROSE}</p></div>{sections}")
    assert {"Cookies", "Set Cookie Options", "Sharing", "Related Projects", "Breadcrumb", "Comments"} <= {
        heading.text for heading in page.headings
    }


def test_sections_beside_the_longest_are_read_with_it() -> None:
    short = "".join(f"<div class=refsect><h2>{name}</h2><p>{name} of it.</p></div>" for name in ("Name", "Values"))
    page = parse(
        f"<html><body><table class=navigation><tr><td><a href=/>Top</a></table><div>{short}"
        f"<div class=refsect>{ARTICLE * 3}</div></div></body></html>"
    )
    assert [heading.text for heading in page.headings][:2] == ["Name", "Values"]


@pytest.mark.parametrize("said", ["<main>", "<div role=main>"])
def test_what_the_page_says_to_be_its_content_comes_first(said: str) -> None:
    beside = f"<div class=box><p>{PROSE.replace('pump', 'decoy')}</p></div>"
    closing = "</div>" if "role" in said else "</main>"
    page = parse(f"<html><body>{beside}{said}<h1>Pumps</h1><p>{PROSE}</p><p>{PROSE[:200]}</p>{closing}</body></html>")
    assert page.text.startswith("Pumps\n\nSentence number 0 tells of the pump")
    assert "decoy" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "<p class=breadcrumbs>{}</p>",
        "<ol class=breadcrumb><li>{}</li></ol>",
        "<div id=breadcrumb>{}</div>",
        "<nav aria-label=breadcrumb>{}</nav>",
        "<ol itemscope itemtype='https://schema.org/BreadcrumbList'><li>{}</li></ol>",
        "<div role=navigation>{}</div>",
    ],
)
def test_the_path_down_to_a_page_is_not_read(path: str) -> None:
    links = "<a href=/>Home</a> &gt; <a href=/b>Marmalade</a> &gt; Pumps"
    page = parse(f"<html><body><div class=text>{path.format(links)}<h1>Pumps</h1>{ARTICLE}</div></body></html>")
    assert page.text.startswith("Pumps\n\nPart 0")
    assert "Marmalade" not in page.text


@pytest.mark.parametrize(
    "banner",
    [
        "<div id=cookie-banner><p>{}</p><button>Accept</button></div>",
        "<div id=onetrust-consent-sdk><h2>We value your privacy</h2><p>{}</p><button>Accept</button></div>",
        "<div class='cc-window gdpr'><span>{}</span> <a href=/p>Privacy</a></div>",
        "<div class=x12 role=dialog><p>{}</p><button>OK</button></div>",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_requests_for_consent_are_not_read(banner: str, first: bool) -> None:
    banner = banner.format("We and our partners store marmalade on your device to improve the site. Do you agree?")
    parts = [banner, f"<div class=text><h1>Pumps</h1>{ARTICLE}</div>"]
    page = parse(f"<html><body>{''.join(parts if first else reversed(parts))}</body></html>")
    assert page.text == f"Pumps\n\n{ARTICLE_TEXT}"


def test_answers_that_a_reader_opens_are_read_with_their_questions() -> None:
    asked = "".join(
        f"<div><button aria-expanded=false>How does pump {n} work?</button><div hidden><p>{PROSE}</p></div></div>"
        for n in range(3)
    )
    page = parse(f"<html><body><main><h1>Questions</h1>{asked}</main></body></html>")
    assert page.text.count("Sentence number 4") == 3
    assert "How does pump 2 work?\n\nSentence number 0" in page.text


@pytest.mark.parametrize(
    "opener",
    [
        "<a role=tab href='#t2'>Two</a>",
        "<button aria-controls=t2 aria-expanded=false>Two</button>",
        "<a data-toggle=tab href='#t2'>Two</a>",
        "<li data-bs-toggle=tab data-bs-target='#t2'>Two</li>",
    ],
)
def test_tabs_are_read_though_they_are_hidden(opener: str) -> None:
    panel = "<div id=t2 style='display:none'><p>Disconnect the magneto.</p></div>"
    assert "Disconnect the magneto." in inside(f"{opener}{panel}").text
    assert "magneto" not in inside(panel).text


@pytest.mark.parametrize(
    "source",
    [
        "<title>T</title><main><h1>Pumps</h1><p>Of seals.</p></main>",
        "<!doctype html><html lang=en><title>T</title><link rel=x><section><h1>Pumps</h1><p>Of seals.</p></section>",
        "<html><head><meta charset=utf-8><article><h1>Pumps</h1><p>Of seals.</p></article></html>",
        "<html><head><title>T</title></head><h1>Pumps</h1><p>Of seals.",
        "<html><body><h1>Pumps</h1></body></html><p>Of seals.</p>",
        "<html><body><h1>Pumps</h1></body><body><p>Of seals.</p></body></html>",
        "<html><frameset cols='1,2'><frame src=a><noframes><body><h1>Pumps</h1><p>Of seals.</p></body></noframes></frameset>",
        "<html><body><svg><title>no</title></svg><h1>Pumps</h1><p>Of seals.</p></body></html>",
        "<html><body><nav><a href=/>Home</a></nav><h1>Pumps</h1><p>Of seals.</p><footer>2020</footer></body></html>",
        "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><head><script src='x'/><style><![CDATA[p{}]]>"
        "</style></head><body><h1>Pumps</h1><a id='x'/><p>Of <![CDATA[seals]]>.</p></body></html>",
    ],
)
def test_short_and_odd_pages_are_read(source: str) -> None:
    assert parse(source).text == "Pumps\n\nOf seals."


@pytest.mark.parametrize(
    "text", ["<p>a", "<b>b", "<ul><li>c", "<table><tr><td>d", "<div hidden>e", "<h1>f", "<ruby>g<rt>h"]
)
def test_elements_in_elements_are_read_or_refused(text: str) -> None:
    assert parse(text * 400).text.count(text[-1]) == 400
    with pytest.raises(ParseFailed):
        parse(f"<html><body>{'<div>' * 3000}{text}")


def test_a_page_that_a_script_writes_is_found_by_what_it_says_of_itself() -> None:
    head = (
        "<title>Pumps</title><meta name=description content='How seals wear.'><meta name=keywords content='pump,seal'>"
    )
    page = parse(f"<html><head>{head}</head><body><div id=root></div><script>run()</script></body></html>")
    assert page.text == "How seals wear.\n\nkeywords: pump, seal"
    assert parse(f"<html><head>{head}</head><body><p>Text.</p></body></html>").text == "Text."


INLINE = st.sampled_from(("code", "kbd", "a href=x", "b", "em", "x-y", "span class=n", "font", "nobr", "sub", "time"))
WORDS = st.text(alphabet="abcdeé漢 \n,.", max_size=12)


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """A piece of a sentence with elements that run on in its line, in one another too."""
    parts = [draw(WORDS)]
    for _ in range(draw(st.integers(0, 4))):
        tag = draw(INLINE)
        content = draw(st.one_of(WORDS, sentences()))
        parts += [f"<{tag}>{content}</{tag.split()[0]}>", draw(WORDS)]
    return "".join(parts)


@settings(max_examples=150, deadline=None)
@given(st.lists(sentences(), min_size=1, max_size=4))
def test_the_text_of_a_paragraph_is_that_of_its_elements(paragraphs: list[str]) -> None:
    source = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    told = parse(source.replace("漢", "k")).text.split("\n\n")
    plain = [_plain(paragraph.replace("漢", "k")) for paragraph in paragraphs]
    assert told == ([text for text in plain if text] or [""])


def _plain(source: str) -> str:
    return " ".join(html.fromstring(f"<p>{source}</p>").text_content().split())


AROUND = st.sampled_from(
    (
        "<div>{}</div>",
        "<section>{}</section>",
        "<ul><li>{}</li></ul>",
        "<table><tr><td>{}</td></tr></table>",
        "<dl><dd>{}</dd></dl>",
        "<figure>{}</figure>",
        "<blockquote>{}</blockquote>",
        "<details><summary>{}</summary></details>",
    )
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.lists(AROUND, max_size=3), st.booleans()), min_size=1, max_size=6))
def test_every_heading_of_the_content_is_one(headings: list[tuple[int, list[str], bool]]) -> None:
    parts, expected = [], []
    for number, (level, around, followed) in enumerate(headings):
        part = f"<h{level}>Topic {number}</h{level}>" + (f"<p>{PROSE}</p>" if followed else "")
        for outer in around:
            part = outer.format(part)
        parts.append(part)
        expected.append((level, f"Topic {number}"))
    page = parse(f"<html><body><nav><a href=/>Home</a></nav><main>{''.join(parts)}<p>{PROSE}</p></main></body></html>")
    assert [(heading.level, heading.text) for heading in page.headings] == expected


PIECES = st.sampled_from(
    tuple(
        b"<html>|<body>|<p>|</p>|<table>|<tr>|<td>|</table>|<h2>|</h2>|<pre>|<ul>|<li>|<a href=#x>|</a>|<main>|<article>|"
        b"<div hidden>|<frameset>|<noframes>|<![CDATA[|]]>|<!--|-->|<ruby>|<rt>|<math>|<mfrac>|<button>|<script>|"
        b"<div role=heading aria-level=0>|<div style='display:'>|<td class=linenos>1|&#0;|&|<|>|\xff|\x00| a |\n".split(
            b"|"
        )
    )
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map(b"".join)))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        parsed = HtmlParser().parse(data, name="page.html")
    except ParseFailed:
        return
    for heading in parsed.headings:
        assert parsed.text.startswith(heading.text, heading.start)
    assert all(0 <= place.start <= len(parsed.text) for place in parsed.locators)
