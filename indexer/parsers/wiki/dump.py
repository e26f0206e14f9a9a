"""Dumps of wikis (`pages-articles.xml`, Special:Export): a document for each article, read page by page as a stream.

https://www.mediawiki.org/wiki/Help:Export. Of a page with many revisions the last one is read; entities cannot be
declared, so none is expanded.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

from engine.errors import ParseFailed
from engine.metadata.dates import read_date
from engine.types import MetadataValue
from indexer.parsers.base import BadRecord, NoRecords, Parsed, Record
from indexer.parsers.builder import TextBuilder
from indexer.parsers.decoding import clean
from indexer.parsers.metadata import language_code
from indexer.parsers.wiki.links import Links
from indexer.parsers.wiki.pages import Page, Pages
from indexer.parsers.wiki.wikitext import read_wikitext

_BLOCK = 64 * 1024  # bytes that are read at once
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^<>]{0,200}+>\s*+)?(?:<!--.{0,1000}?-->\s*+)?<mediawiki[\s>]", re.DOTALL
)
_ARTICLES = "0"  # keys of namespaces
_FILES = ("6", "-2")
_CATEGORIES = ("14",)


def is_dump(head: bytes) -> bool:
    """Whether bytes are those that a dump begins with, in UTF-8 or UTF-16."""
    if b"\0" in head[:4]:
        head = head.removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE).replace(b"\0", b"")
    return _ROOT.match(head) is not None


class WikiDump:
    """A title is the id of its article, so that a later dump of the same wiki replaces it."""

    name = "wiki"
    label = "MediaWiki dumps"
    version = "2"
    suffixes = ()  # .xml, told by how it begins

    def records(self, stream: IO[bytes]) -> Iterator[Record | BadRecord | NoRecords]:
        """The articles; redirects and what else is none are summed at the end."""
        pages, left_out = Pages(), Counter[str]()
        while True:
            try:
                data = stream.read(_BLOCK)
                found = pages.feed(data)
            except ParseFailed:
                yield from _summed(left_out)
                raise
            for page in found:
                reason = _no_article(page)
                if reason:
                    left_out[reason] += 1
                else:
                    yield _record(page, pages)
            if not data:
                break
        yield from _summed(left_out)

    def parse(self, record: Record) -> Parsed:
        fields = record.fields
        builder, links = TextBuilder(), Links(fields["files"], fields["categories"])
        read_wikitext(fields["text"], builder, links)
        metadata: dict[str, MetadataValue | None] = {
            "page": fields["page"],
            "modified": read_date(fields["modified"]),
            "categories": tuple(dict.fromkeys(map(clean, links.found))),
        }
        return Parsed(
            title=record.id or "",
            text=builder.text,
            headings=builder.headings,
            language=fields["language"],
            metadata={name: value for name, value in metadata.items() if value},
            locators=builder.locators,
        )


def _no_article(page: Page) -> str:
    """Kind of pages that are no articles, in the plural; "" for an article."""
    if page.namespace != _ARTICLES:
        return "pages of other namespaces"
    if page.redirect:
        return "redirects"
    return "pages that are no wikitext" if page.model not in ("", "wikitext") else ""


def _summed(left_out: Counter[str]) -> Iterator[NoRecords]:
    for reason, count in left_out.most_common():
        yield NoRecords(f"{reason} ({count:,})")


def _record(page: Page, pages: Pages) -> Record | BadRecord:
    title = " ".join(clean(page.title).split())
    if not title:
        return BadRecord(page.line, f"The page in line {page.line} has no title.")
    if page.too_long:
        return BadRecord(page.line, f"The page {title!r} is too long.")
    fields: dict[str, Any] = {
        "text": page.text,
        "page": page.id,
        "modified": page.timestamp,
        "language": language_code(pages.language),
        "files": sorted(pages.namespaces(_FILES)),
        "categories": sorted(pages.namespaces(_CATEGORIES)),
    }
    place, slash, _ = pages.base.strip().rpartition("/")
    url = f"{place}{slash}{quote(title.replace(' ', '_'), safe='/:;@!$*(),~')}" if slash else None
    return Record(page.line, title, url, fields)
