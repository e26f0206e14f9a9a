"""Sitemaps (https://www.sitemaps.org/protocol.html): lists of a site's pages, and lists of such lists."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from lxml import etree

from indexer.sources.web.address import canonical

LARGEST = 50 * 2**20  # bytes, as the protocol has it
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Canonical addresses, in their order."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(data: bytes, address: str) -> Sitemap:
    """The sitemap in XML or plain lines, whether it is packed or not; what cannot be read of it is left out."""
    if data.startswith(_GZIP):
        try:
            data = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, LARGEST)
        except zlib.error:
            return Sitemap()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        lines = data.decode("utf-8", errors="replace").splitlines()
        return Sitemap(
            _canonical([line for line in lines if line.strip().startswith(("http://", "https://"))], address)
        )
    found: dict[str, list[str]] = {"url": [], "sitemap": []}
    for element in root.iter("{*}loc"):
        above = element.getparent()
        if above is not None and isinstance(above.tag, str):
            found.setdefault(etree.QName(above).localname, []).append(element.text or "")
    return Sitemap(_canonical(found["url"], address), _canonical(found["sitemap"], address))


def _canonical(addresses: list[str], base: str) -> tuple[str, ...]:
    known = (canonical(address, base) for address in addresses)
    return tuple(dict.fromkeys(address for address in known if address is not None))
