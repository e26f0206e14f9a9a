"""Collections as the page shows them: what is in each, how much room it takes, and what could be asked."""

from __future__ import annotations

from dataclasses import dataclass

from api.page.address import Address
from api.security.callers import Caller
from api.service.service import Service
from engine.store.collections import CollectionStats

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A question that a collection can answer, and where it is answered."""

    text: str
    href: str


def readable(service: Service, caller: Caller) -> list[CollectionStats]:
    """The collections that the caller may read, by name."""
    names = [name for name in service.collections.names() if caller.allows("read", name)]
    return [service.collections.stats(name) for name in names]


def first_choice(collections: list[CollectionStats]) -> str | None:
    """The collection that is searched where none was named; None where none has anything to search."""
    filled = [one.name for one in collections if one.documents]
    return "default" if "default" in filled else next(iter(filled), None)


def examples(service: Service, collection: str) -> list[Example]:
    """Questions made of the collection's own headings."""
    found = service.collections.examples(collection, EXAMPLES)
    return [Example(text, str(Address(collection, text))) for text in found]


def writable(service: Service, caller: Caller) -> list[str]:
    """Names of the collections that the caller may add documents to."""
    return [name for name in service.collections.names() if caller.allows("write", name)]


def suggested_name(known: list[str]) -> str:
    """A name for a new collection that nobody has taken."""
    names = ["documents", *(f"documents-{number}" for number in range(2, len(known) + 3))]
    return next(name for name in names if name not in known)
