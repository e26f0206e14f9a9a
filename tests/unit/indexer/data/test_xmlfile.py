"""XML: documents and values, entities, and what is not well-formed."""

from __future__ import annotations
from indexer.parsers import Parsed

from indexer.parsers.data.xmlfile import XmlParser
from tests.unit.indexer.places import assert_lines_hold_their_words, headings, place_of


def parse(text: str) -> Parsed:
    return XmlParser().parse(text.encode(), name="file.xml")


DOCBOOK = """<?xml version="1.0"?>
<book xml:lang="en" xmlns="http://docbook.org/ns/docbook"><info><title>The Book</title></info>
<chapter xml:id="one"><title>One <emphasis>x</emphasis></title>
<para>Some <emphasis role="bold">bold</emphasis> words
and a second line.</para>
<section><title>Deeper</title>
<itemizedlist><listitem><para>a</para></listitem><listitem><para>b</para></listitem></itemizedlist>
<programlisting>
if x:
    y
</programlisting>
<table><title>Caption</title><tgroup><thead><row><entry>A</entry><entry>B</entry></row></thead>
<tbody><row><entry>1</entry><entry><para>two <emphasis>x</emphasis></para></entry></row></tbody></tgroup></table>
</section></chapter></book>
"""


def test_docbook() -> None:
    parsed = parse(DOCBOOK)
    assert parsed.text == (
        "The Book\n\nOne x\n\nSome bold words and a second line.\n\nDeeper\n\n- a\n- b\n\nif x:\n    y\n\nCaption\n\n"
        "A | B\n1 | two x"
    )
    assert headings(parsed) == [(1, "The Book"), (1, "One x"), (2, "Deeper")]
    assert (parsed.title, parsed.language) == ("The Book", "en")
    assert (place_of(parsed, "second"), place_of(parsed, "Some", "anchor")) == ("5", "one")
    assert_lines_hold_their_words(parsed, DOCBOOK.encode())


def test_tei_and_fictionbook_headings() -> None:
    tei = "<TEI><teiHeader><title>T</title></teiHeader><text><body><div><head>Part</head><p>Text <title>Emma</title>.</p></div></body></text></TEI>"
    book = "<FictionBook><body><section><title><p>I</p><p>Begin</p></title><p>Text.</p></section></body><binary>AAAA</binary></FictionBook>"
    assert headings(parse(tei)) == [(1, "T"), (1, "Part")] and "Text Emma." in parse(tei).text
    assert headings(parse(book)) == [(1, "I Begin")]
    assert parse(book).text == "I Begin\n\nText." and "encoded data" in parse(book).remarks[0]


def test_values_have_the_names_of_their_elements_and_attributes() -> None:
    assert parse('<beans><bean id="x"\n class="a.B"><property name="n">5</property></bean></beans>').text == (
        "bean id=x class=a.B\nproperty name=n: 5"
    )
    parsed = parse('<resources><string name="hi">Hello, <b>you</b>!</string></resources>')
    assert parsed.text == "string name=hi: Hello, you!"


def test_attributes_of_feeds_are_text_where_they_are_words() -> None:
    entry = (
        '<entry><title type="html">One</title><link rel="alternate" href="https://a.b/1"/><category term="rain"/>'
        '<link href="/2" title="More"/><id isPermaLink="false">7</id></entry>'
    )
    parsed = parse(f'<feed xmlns="x" version="0.3"><title>Feed</title>{entry}</feed>')
    assert parsed.text.split("\n") == ["Feed", "", "One", "category term=rain", "link title=More", "id: 7"]


def test_a_feed() -> None:
    parsed = parse(
        "<rss><channel><title>Feed</title><item><title>One</title><description>&lt;p&gt;Hello&lt;/p&gt;</description></item>"
        "<item><title>Two</title><description><![CDATA[<p>Yes</p>]]></description></item></channel></rss>"
    )
    assert headings(parsed) == [(1, "Feed"), (2, "One"), (2, "Two")]
    assert "description: Hello" in parsed.text and "description: Yes" in parsed.text


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;"><!ENTITY z SYSTEM "file:///etc/passwd">]><a><c>&y; &z; &amp; &#233;</c></a>'
    assert parse(bomb).text == "c: &y; &z; & é"


def test_what_is_not_well_formed_keeps_its_text() -> None:
    assert parse("<a><k>one</c><d>two</a> < three").text == "k: one two\n\n< three"
    assert parse("<p>" * 100_000 + "deep").text == "deep"


def test_a_page_is_read_as_one() -> None:
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><h1>T</h1><p>Text.</p></body></html>'
    assert "Text." in parse(page).text and "h1" not in parse(page).text


def test_a_page_written_as_text_leaves_its_words_and_comparisons_stay() -> None:
    page = "&lt;table style=&quot;width: 1%&quot;&gt;&lt;tr&gt;&lt;td&gt;Gross&lt;/td&gt;&lt;/tr&gt;&lt;/table&gt;"
    parsed = parse(f"<report><note>{page} if (a&lt;b) x&gt;y</note></report>")
    assert "Gross" in parsed.text and "if (a<b) x>y" in parsed.text
    assert not any(mark in parsed.text for mark in ("table", "td>", "style"))


def test_phrases_of_docbook_stand_in_their_sentence() -> None:
    parsed = parse('<article><title>T</title><para>This tests <phrase xml:id="a">notes</phrase>.\n<phrase>More</phrase> words.</para></article>')
    assert parsed.text == "T\n\nThis tests notes. More words."


def test_authors_and_references_of_jats_are_a_paragraph_each() -> None:
    parsed = parse(
        "<article><front><article-meta><title-group><article-title>T</article-title></title-group><contrib-group><contrib><name>"
        "<surname>Lema</surname><given-names>Sean</given-names></name></contrib></contrib-group></article-meta></front><back>"
        "<ref-list><title>References</title><ref><label>1</label><element-citation><name><surname>Popper</surname></name>"
        "<article-title>Logik</article-title></element-citation></ref><ref><label>2</label><mixed-citation>Schmidt S. "
        "<source>Shall we</source></mixed-citation></ref></ref-list></back></article>"
    )
    assert parsed.text == "T\n\nLema Sean\n\nReferences\n\n1 Popper Logik\n\n2 Schmidt S. Shall we"
    assert [text for _, text in headings(parsed)] == ["T", "References"]


def test_metadata_of_a_drawing_are_no_text() -> None:
    source = '<svg><metadata><rdf:RDF><dc:format>image/svg+xml</dc:format></rdf:RDF></metadata><title>Map</title><text>Way</text></svg>'
    assert parse(source).text == "Map\n\nWay"
