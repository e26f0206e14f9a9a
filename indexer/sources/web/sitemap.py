"""Sitemaps (https://www.sitemaps.org/protocol.html): lists of a site's pages, and lists of such lists."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from indexer.sources.web.address import LENGTH, canonical

LARGEST = 50 * 2**20  # bytes, as the protocol has it
MOST = 50_000  # addresses of one sitemap, as the protocol has it
_ELEMENTS = 40 * MOST  # that are looked through for them: pages name their images and translations, too
_PIECE = 64 * 1024
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
    addresses = _read_xml(data)
    if addresses is None:
        lines = data.decode("utf-8", errors="replace").splitlines()
        addresses = {"url": [line for line in lines if line.strip().startswith(("http://", "https://"))][:MOST]}
    return Sitemap(_canonical(addresses.get("url", ()), address), _canonical(addresses.get("sitemap", ()), address))


def _read_xml(data: bytes) -> dict[str, list[str]] | None:
    """Addresses by the element that they stand in; None if this is no XML. No tree is built, which may be a bomb."""
    locations = _Locations()
    parser = etree.XMLParser(target=locations, resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        for start in range(0, len(data), _PIECE):
            parser.feed(data[start : start + _PIECE])
            if locations.count >= MOST or locations.elements >= _ELEMENTS:
                break
        parser.close()
    except (etree.XMLSyntaxError, ValueError):  # what was read before is as good as what else is cut off
        pass
    return locations.found if locations.elements else None


class _Locations:
    """Target of the events of lxml, which keeps the texts of `loc`."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {"url": [], "sitemap": []}
        self.count = self.elements = 0
        self._within: list[str] = []
        self._text: list[str] = []
        self._characters = 0

    def start(self, tag: str, attributes: object) -> None:
        self.elements += 1
        self._within.append(etree.QName(tag).localname)
        self._forget()

    def data(self, text: str) -> None:
        if self._within[-1:] == ["loc"] and self._characters <= LENGTH:  # entities make much of little
            self._text.append(text)
            self._characters += len(text)

    def end(self, tag: str) -> None:
        *_, above, name = ("", *self._within)
        if name == "loc" and above in self.found and self.count < MOST:
            self.found[above].append("".join(self._text))
            self.count += 1
        self._within.pop()
        self._forget()

    def close(self) -> None:
        pass

    def _forget(self) -> None:
        self._text.clear()
        self._characters = 0


def _canonical(addresses: Iterable[str], base: str) -> tuple[str, ...]:
    known = (canonical(address, base) for address in addresses)
    return tuple(dict.fromkeys(address for address in known if address is not None))
