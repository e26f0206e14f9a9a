"""HTML: the main content of a page by trafilatura, the whole of a fragment or of a page that it would gut."""

from __future__ import annotations

import logging
import re
from pathlib import PurePath

import trafilatura
from lxml import html

from engine.types import MetadataValue
from indexer.parsers.base import Parsed
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean, decode
from indexer.parsers.frontmatter import split_front_matter
from indexer.parsers.htmltext import HIDDEN, add_html, parse_tree
from indexer.parsers.liquid import looks_like_jekyll, strip_liquid
from indexer.parsers.metadata import language_code, typed

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,256}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
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
_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_BOILERPLATE = (*HIDDEN, "nav", "footer", "aside", "form")
_MIN_KEPT = 0.5  # trafilatura's result is taken if it keeps this share of the page's text

_META = {
    "author": "author",
    "dc.creator": "author",
    "description": "description",
    "og:description": "description",
    "keywords": "keywords",
    "date": "date",
    "dc.date": "date",
    "dcterms.date": "date",
    "article:published_time": "date",
}

# Its messages about pages without content would reach stderr among ours.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


class HtmlParser:
    name = "html"
    label = "HTML"
    version = "2"
    suffixes = (".html", ".htm", ".xhtml")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        source = decode(data, declared=_declared_charset(data), remarks=remarks)
        matter, source = split_front_matter(source)
        if matter is not None and (matter.jekyll or looks_like_jekyll(source)):
            source = strip_liquid(source)
        tree = parse_tree(source)
        if tree is None:
            title = matter.title if matter else None
            return Parsed(title=title or PurePath(name).stem, text="", remarks=tuple(remarks), named=title is None)
        metadata, language, page_title = _metadata(tree), _language(tree), _page_title(tree)
        builder = _content(source, tree)
        title = (matter.title if matter else None) or page_title or builder.first_heading()
        return Parsed(
            title=title or PurePath(name).stem,
            text=builder.text,
            headings=builder.headings,
            language=(matter.language if matter else None) or language,
            metadata={**metadata, **(matter.metadata if matter else {})},
            remarks=tuple(remarks),
            named=title is None,
        )


def _content(source: str, tree: html.HtmlElement) -> TextBuilder:
    """Text of the main content. `tree` is used up."""
    everything = TextBuilder()
    if not _PAGE.search(source):  # a fragment, such as a page of a site generator, has no boilerplate around it
        add_html(everything, tree)
        return everything
    plain = html.fromstring(html.tostring(tree))
    if _keep_asides(plain):
        source = str(html.tostring(plain, encoding="unicode"))
    main = _main_content(source)
    add_html(everything, plain, drop=_BOILERPLATE)
    if not everything.text:  # all of it stands in what is boilerplate elsewhere
        add_html(everything, tree)
    return main if len(main.text) >= _MIN_KEPT * len(everything.text) else everything


def _keep_asides(tree: html.HtmlElement) -> bool:
    """Make sections of the asides inside the main content, where they are notes and cautions. Whether there are any."""
    asides = tree.xpath("//aside[ancestor::main or ancestor::article or ancestor::*[@role='main']]")
    for aside in asides:
        aside.tag = "section"
        aside.attrib.clear()  # names such as "sidebar" would be taken for what they say
    return bool(asides)


def _main_content(source: str) -> TextBuilder:
    builder = TextBuilder()
    try:
        extracted = trafilatura.extract(
            source, output_format="html", include_tables=True, include_comments=False, favor_recall=True
        )
    except Exception:  # a heuristic over arbitrary pages: whatever it trips over, the plain walk reads
        extracted = None
    tree = parse_tree(clean(extracted)) if extracted else None
    if tree is not None:
        add_html(builder, tree)
    return builder


def _page_title(tree: html.HtmlElement) -> str | None:
    """The only <h1> if <title> contains it (the rest is then the site's name), else <title>."""
    title = " ".join("".join(tree.xpath("(//head//title)[1]//text()")).split())
    headings = [" ".join(heading.text_content().split()) for heading in tree.iter("h1")]
    if len(headings) == 1 and headings[0] and headings[0] in title:
        return headings[0]
    return title or None


def _language(tree: html.HtmlElement) -> str | None:
    root = tree.getroottree().getroot()
    return language_code(root.get("lang")) or language_code(root.get("xml:lang"))


def _metadata(tree: html.HtmlElement) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue] = {}
    for meta in tree.iter("meta"):
        field = _META.get((meta.get("name") or meta.get("property") or "").lower())
        content = " ".join((meta.get("content") or "").split())
        value = typed(content.split(",") if field == "keywords" else content)
        if field and value is not None:
            found.setdefault(field, value)
    return found


def _declared_charset(data: bytes) -> str | None:
    match = _CHARSET.search(data[:4096])
    if match is None:
        return None
    label = match.group(1).decode("ascii").lower()
    return _WHATWG.get(label, label)  # as browsers do: https://encoding.spec.whatwg.org/#names-and-labels
