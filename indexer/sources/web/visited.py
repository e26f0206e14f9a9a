"""Memory of a collection's pages: how each was told apart, what came of it and where it led, so that a page that has
not changed is neither sent nor read again.

It lies beside the collection and may be lost: then all pages are fetched once more.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.errors import CollectionNotFound
from engine.store.files import write_durably
from engine.store.generation import open_generation
from engine.store.living import living_documents
from indexer.parsers import PARSERS
from indexer.sources.web.address import Scope

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Visit:
    """A page as it was. `etag` and `modified` are what the server tells it apart by, `content` is its content hash;
    one that was left out has a reason instead. `original` is what it says is its address, `links` are where it leads.
    """

    etag: str = ""
    modified: str = ""
    content: str = ""
    left_out: str = ""
    original: str = ""
    links: tuple[str, ...] = ()


@dataclass(slots=True)
class Visited:
    """Visits by address. `stored` are the content hashes of what the collection holds."""

    pages: dict[str, Visit] = field(default_factory=dict)
    stored: Collection[str] = frozenset()
    changed: bool = False

    @staticmethod
    def of(home: Path, collection: str) -> Visited:
        """The memory of a collection's pages; empty where there is no collection, or nothing that can be read."""
        try:
            with open_generation(home, collection) as generation:
                stored = {at.content_hash for at in living_documents(generation.layout, generation.manifest).values()}
                file = generation.layout.visited
        except CollectionNotFound:
            return Visited()
        try:
            data = json.loads(gzip.decompress(file.read_bytes()))
            return Visited(_from_json(data), stored)
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, IndexError, RecursionError):
            return Visited(stored=stored)

    def save(self, home: Path, collection: str) -> None:
        """Keep it beside the collection, if there is one by now."""
        if not self.changed:
            return
        try:
            with open_generation(home, collection) as generation:
                file = generation.layout.visited
        except CollectionNotFound:
            return
        write_durably(file, gzip.compress(json.dumps(_to_json(self.pages)).encode(), compresslevel=6, mtime=0))

    def known(self, address: str) -> Visit | None:
        """The visit that the server may be asked to confirm: all that came of it is still stored."""
        visit = self.pages.get(address)
        if visit is None or not (visit.etag or visit.modified):
            return None
        return visit if visit.left_out or visit.content in self.stored else None

    def add(self, address: str, visit: Visit) -> None:
        self.changed = self.changed or self.pages.get(address) != visit
        self.pages[address] = visit

    def keep(self, scope: Scope, addresses: Collection[str]) -> None:
        """Forget what was not visited in a scope of which all was."""
        left = {address: visit for address, visit in self.pages.items() if address not in scope or address in addresses}
        self.changed = self.changed or len(left) < len(self.pages)
        self.pages = left


def _parsers() -> str:
    """A digest of all parsers' versions: another one would make other documents of the same pages."""
    known = "\n".join(f"{parser.name}/{parser.version}" for parser in PARSERS)
    return hashlib.sha256(known.encode()).hexdigest()


def _to_json(pages: Mapping[str, Visit]) -> dict[str, Any]:
    """JSON of the visits, in which each address is written once."""
    numbers: dict[str, int] = {}
    rows = []
    for address, visit in pages.items():
        links = [numbers.setdefault(link, len(numbers)) for link in visit.links]
        place = numbers.setdefault(address, len(numbers))
        rows.append([place, visit.etag, visit.modified, visit.content, visit.left_out, visit.original, links])
    return {"format": _FORMAT, "parsers": _parsers(), "addresses": list(numbers), "pages": rows}


def _from_json(data: Mapping[str, Any]) -> dict[str, Visit]:
    """The visits in what `_to_json` has made. ValueError, KeyError, TypeError or IndexError if it is something else."""
    if data["format"] != _FORMAT:
        raise ValueError("another format")
    addresses = [str(address) for address in data["addresses"]]
    pages = {
        addresses[place]: Visit(etag, modified, content, left_out, original, tuple(addresses[link] for link in links))
        for place, etag, modified, content, left_out, original, links in data["pages"]
    }
    if data["parsers"] != _parsers():  # where the pages lead is still known
        return {address: replace(visit, etag="", modified="") for address, visit in pages.items()}
    return pages
