"""Books: the chapters of the spine in their order, located by their files."""

from __future__ import annotations

import pytest

from engine.errors import ParseFailed
from engine.types import Locator
from indexer.parsers import Parsed
from indexer.parsers.office.epub import EpubParser
from tests.support.files.office import make_epub, zipped


def parse(data: bytes) -> Parsed:
    return EpubParser().parse(data, name="novel.epub")


def page(body: str) -> str:
    return f"<html><head><title/></head><body>{body}</body></html>"


def test_chapters_come_in_the_order_of_the_spine_each_at_its_file() -> None:
    parsed = parse(make_epub({"b.xhtml": page("<h1>First</h1><p>One.</p>"), "a.xhtml": page("<p>Two.</p>")}))
    assert parsed.text == "First\n\nOne.\n\nTwo."
    assert parsed.locators == (Locator(0, "anchor", "b.xhtml"), Locator(13, "anchor", "a.xhtml"))
    assert [heading.text for heading in parsed.headings] == ["First"]


def test_what_the_book_says_of_itself_is_its_title_language_and_metadata() -> None:
    metadata = (
        "<dc:title>The Sea</dc:title><dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><dc:language>en-GB</dc:language>"
        "<dc:date>1912</dc:date><dc:description>&lt;p&gt;A &lt;b&gt;tale&lt;/b&gt;&lt;/p&gt;</dc:description>"
    )
    parsed = parse(make_epub({"a.xhtml": page("x")}, metadata))
    assert (parsed.title, parsed.named, parsed.language) == ("The Sea", False, "en")
    assert parsed.metadata["author"] == "Ann, Bob"
    assert parsed.metadata["description"] == "A tale"


def test_the_table_of_contents_names_chapters_without_a_heading() -> None:
    ncx = (
        "<ncx><navMap><navPoint><navLabel><text>The storm</text></navLabel><content src='a%20b.xhtml#top'/></navPoint>"
        "</navMap></ncx>"
    )
    parsed = parse(
        make_epub({"a b.xhtml": page("<p>Rain.</p>"), "c.xhtml": page("<p>Sun.</p>")}, more={"toc.ncx": ncx})
    )
    assert parsed.text == "The storm\n\nRain.\n\nSun."


def test_empty_elements_of_xhtml_do_not_swallow_the_chapter() -> None:
    source = '<html><head><title/><script src="x"/></head><body><a id="p1"/><p>Text.</p></body></html>'
    assert parse(make_epub({"a.xhtml": source})).text == "Text."


def test_a_missing_chapter_is_named() -> None:
    parsed = parse(make_epub({"a.xhtml": page("x"), "b.xhtml": ""}))
    assert parsed.text == "x"
    assert "b.xhtml is missing" in parsed.remarks[0]


@pytest.mark.parametrize(
    ("uri", "fails"),
    [("book/a.xhtml", True), ("book/font.ttf", False)],
)
def test_copy_protection_is_named_and_encrypted_fonts_do_no_harm(uri: str, fails: bool) -> None:
    encryption = f'<encryption><EncryptedData><CipherReference URI="{uri}"/></EncryptedData></encryption>'
    book = make_epub({"a.xhtml": page("x")}, more={"META-INF/encryption.xml": encryption})
    if fails:
        with pytest.raises(ParseFailed, match="DRM"):
            parse(book)
    else:
        assert parse(book).text == "x"


@pytest.mark.parametrize("data", [b"", b"PK\3\4", zipped({"a.txt": "x"})])
def test_what_is_no_book_fails(data: bytes) -> None:
    with pytest.raises(ParseFailed):
        parse(data)


def test_readings_follow_their_word_in_brackets_and_numbers_of_printed_pages_are_gone() -> None:
    body = (
        "<p><ruby>山路<rp>(</rp><rt>やまみち</rt><rp>)</rp></ruby>を</p><p>One <span epub:type='pagebreak' id='p1'>169</span>"
        "sentence<span role='doc-pagebreak'>170</span>.</p>"
    )
    assert parse(make_epub({"a.xhtml": page(body)})).text == "山路(やまみち)を\n\nOne sentence."


def test_a_page_of_nothing_but_a_picture_is_no_chapter() -> None:
    picture = '<html><head><title>Cover</title></head><body><img src="c.jpg" alt=""/></body></html>'
    ncx = "<ncx><navMap><navPoint><navLabel><text>Start</text></navLabel><content src='a.xhtml'/></navPoint></navMap></ncx>"
    parsed = parse(make_epub({"a.xhtml": picture, "b.xhtml": page("<p>Text.</p>")}, more={"toc.ncx": ncx}))
    assert parsed.text == "Text."
