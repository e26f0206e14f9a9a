"""The parts of a page that a crawler follows: its links, and what it says of itself to crawlers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree, html

from indexer.sources.web.address import canonical

_MOST = 10_000  # links of one page
_AT_ONCE = 5  # seconds: a page that leads elsewhere after so long, or sooner, has moved
_REFRESH = re.compile(r"\s*(\d{1,9})(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE)
_LINKS = {"a": "href", "area": "href", "frame": "src", "iframe": "src"}


@dataclass(frozen=True, slots=True)
class Page:
    """`links` are canonical addresses in the page's order, each once. `original` is the address that the page says is
    its own, `moved` where it leads by itself. It may not want to be `indexed`, or its links to be followed, which are
    left out then.
    """

    links: tuple[str, ...] = ()
    original: str | None = None
    moved: str | None = None
    indexed: bool = True


def read_page(data: bytes, address: str, said: str = "") -> Page:
    """The page at an address. `said` is what the header X-Robots-Tag says."""
    try:
        document = html.document_fromstring(data)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):  # empty, or nothing but comments
        return Page()
    named = [base.get("href") for base in document.iter("base") if base.get("href")]
    base = canonical(named[0], address) or address if named else address
    rules = ",".join([said, *_metas(document, "robots"), *_metas(document, "winnow")]).lower()
    rules = rules.replace("none", "noindex,nofollow")
    follow = "nofollow" not in rules
    return Page(
        links=tuple(dict.fromkeys(_links(document, base))) if follow else (),
        original=next(_related(document, base, "canonical"), None),
        moved=_moved(document, base),
        indexed="noindex" not in rules,
    )


def _links(document: Any, base: str) -> Iterator[str]:
    yield from _related(document, base, "next")
    elements = (element for element in document.iter(*_LINKS) if "nofollow" not in (element.get("rel") or "").lower())
    for _, element in zip(range(_MOST), elements, strict=False):
        target = element.get(_LINKS[element.tag])
        address = None if target is None else canonical(target, base)
        if address is not None:
            yield address


def _related(document: Any, base: str, relation: str) -> Iterator[str]:
    for element in document.iter("link"):
        if relation in (element.get("rel") or "").lower().split() and element.get("href"):
            address = canonical(element.get("href"), base)
            if address is not None:
                yield address


def _metas(document: Any, name: str) -> Iterator[str]:
    for element in document.iter("meta"):
        if (element.get("name") or "").strip().lower() == name:
            yield element.get("content") or ""


def _moved(document: Any, base: str) -> str | None:
    for element in document.iter("meta"):
        if (element.get("http-equiv") or "").strip().lower() == "refresh":
            match = _REFRESH.match(element.get("content") or "")
            if match and int(match[1]) <= _AT_ONCE:
                return canonical(match[2], base)
    return None
