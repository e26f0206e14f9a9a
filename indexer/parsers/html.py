"""HTML: the content of a page, the whole of a fragment."""

from __future__ import annotations

import re
from pathlib import PurePath

from lxml import html

from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import decode
from indexer.parsers.frontmatter import split_front_matter
from indexer.parsers.htmltext import add_html, parse_tree
from indexer.parsers.lead import lead_of
from indexer.parsers.liquid import looks_like_jekyll, strip_liquid
from indexer.parsers.web.about import language_of, metadata_of, name_of
from indexer.parsers.web.clutter import remove_clutter
from indexer.parsers.web.content import find_content
from indexer.parsers.web.restoring import restore_elements

_CHARSET = re.compile(
    rb"<(?:meta\b[^>]{0,1024}?\bcharset|\?xml\b[^>]{0,256}?\bencoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_UNREAD = re.compile(rb"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\b|\Z)", re.IGNORECASE | re.DOTALL)
_WHATWG = {
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii", "x-cp1252"), "cp1252"),
    **dict.fromkeys(("iso-8859-9", "latin5"), "cp1254"),
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16be"), "utf-8"),  # what could be read so far is no UTF-16
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "gb_2312-80"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean"), "cp949"),
    "big5": "big5hkscs",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
}
_PREAMBLE = 65_536  # bytes in which a page declares its encoding; scripts may stand before
_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)


class HtmlParser:
    name = "html"
    label = "HTML"
    version = "8"
    suffixes = (".html", ".htm", ".xhtml")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        source = decode(data, declared=_declared_charset(data), remarks=remarks)
        matter, source = split_front_matter(source)
        remarks += matter.remarks if matter else ()
        if matter is not None and (matter.jekyll or looks_like_jekyll(source)):
            source = strip_liquid(source)
        tree = parse_tree(source)
        if tree is None:
            title = matter.title if matter else None
            return Parsed(title=title or PurePath(name).stem, text="", remarks=tuple(remarks), named=title is None)
        kept = list(tree.iter())  # as long as these are held, each walk finds them made
        metadata, language, page_name = metadata_of(tree), language_of(tree), name_of(tree)
        metadata |= matter.metadata if matter else {}
        builder = TextBuilder()
        restore_elements(tree)
        if page_name or _PAGE.search(source):
            page_name = _add_page(builder, tree, page_name)
        else:  # such as a page of a site generator, with nothing around it
            remove_clutter(tree, fragment=True)
            add_html(builder, tree)
        if not builder.text:  # a script would write it
            for paragraph in lead_of(metadata):
                builder.add(paragraph)
        del kept
        title = (matter.title if matter else None) or page_name or builder.first_heading()
        return builder.parsed(
            title,
            name=name,
            language=(matter.language if matter else None) or language,
            metadata=metadata,
            remarks=remarks,
        )


def _add_page(builder: TextBuilder, tree: html.HtmlElement, name: str) -> str:
    """Append the content of a page. Returns its title: the heading that begins or ends `name`, else `name` itself,
    which may have the site's name in it.
    """
    remove_clutter(tree)
    content = find_content(tree)
    inside = _title_among(list(content.iter("h1")), name)
    above = _title_among(content.xpath("preceding::h1[not(.//a)]"), name)  # the name of a site is a link
    if inside is None and above is not None:
        add_html(builder, above)
    add_html(builder, content)
    heading = inside if inside is not None else above
    return name if heading is None else _text(heading)


def _title_among(headings: list[html.HtmlElement], name: str) -> html.HtmlElement | None:
    """The only heading, if it is a whole part of the page's name."""
    filled = [heading for heading in headings if _text(heading)]
    if len(filled) != 1:
        return None
    before, title, after = name.partition(_text(filled[0]))
    whole = not before.rstrip()[-1:].isalnum() and not after.lstrip()[:1].isalnum()
    return filled[0] if title and whole else None


def _text(heading: html.HtmlElement) -> str:
    return " ".join(heading.text_content().split())


def _declared_charset(data: bytes) -> str | None:
    match = _CHARSET.search(_UNREAD.sub(b"", data[:_PREAMBLE]))
    if match is None:
        return None
    label = match.group(1).decode("ascii").lower()
    return _WHATWG.get(label, label)  # as browsers do: https://encoding.spec.whatwg.org/#names-and-labels
