"""Properties that a page gives itself: title, language, description, keywords, author, date, its own address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import html

from engine.types import MetadataValue
from indexer.parsers.metadata import language_code, typed

_META = {
    "author": "author",
    "dc.creator": "author",
    "parsely-author": "author",
    "citation_author": "author",
    "description": "description",
    "og:description": "description",
    "dc.description": "description",
    "keywords": "keywords",
    "date": "date",
    "dc.date": "date",
    "dcterms.date": "date",
    "article:published_time": "date",
    "datepublished": "date",
    "parsely-pub-date": "date",
    "pubdate": "date",
    "og:url": "canonical",
}
_ADDRESS = re.compile(r"https?://\S{1,2000}", re.IGNORECASE)
_LONGEST_SCRIPT = 200_000  # characters of JSON-LD


def metadata_of(tree: html.HtmlElement) -> dict[str, MetadataValue]:
    """The fields that <meta>, <link rel=canonical> and JSON-LD tell, the first of each."""
    found: dict[str, MetadataValue] = {}
    for field, text in (*_metas(tree), *_links(tree), *_linked_data(tree)):
        text = " ".join(text.split())
        value = typed(text.split(",") if field == "keywords" else text)
        if value is not None and (field != "canonical" or _ADDRESS.fullmatch(text)):
            found.setdefault(field, value)
    return found


def language_of(tree: html.HtmlElement) -> str | None:
    """The language that <html lang> names."""
    root = tree.getroottree().getroot()
    return language_code(root.get("lang")) or language_code(root.get("xml:lang"))


def name_of(tree: html.HtmlElement) -> str:
    """The text of <title>, else what the page gives others as its title; empty if neither is there."""
    title = " ".join("".join(tree.xpath("(//head//title)[1]//text()")).split())
    return title or " ".join("".join(tree.xpath("(//meta[@property='og:title']/@content)[1]")).split())


def _metas(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for meta in tree.iter("meta"):
        name = meta.get("name") or meta.get("property") or meta.get("itemprop") or ""
        if field := _META.get(name.lower()):
            yield field, meta.get("content") or ""


def _links(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical":
            yield "canonical", link.get("href") or ""


def _linked_data(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    """Date and author of the first article that JSON-LD (https://schema.org/Article) describes."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        text = script.text or ""
        if len(text) > _LONGEST_SCRIPT:
            continue
        try:
            described = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(described):
            if isinstance(date := thing.get("datePublished"), str):
                yield "date", date
                yield from (("author", name) for name in _names(thing.get("author")))
                return


def _things(described: Any) -> Iterator[dict[str, Any]]:
    """The objects at the top of JSON-LD: one, a list, or what stands under @graph."""
    if isinstance(described, dict):
        yield described
        described = described.get("@graph")
    if isinstance(described, list):
        yield from (thing for thing in described if isinstance(thing, dict))


def _names(author: Any) -> Iterator[str]:
    if isinstance(author, list):
        author = author[0] if author else None
    name = author.get("name") if isinstance(author, dict) else author
    if isinstance(name, str) and not _ADDRESS.fullmatch(name):
        yield name
