"""Suggestions where a search found nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from api.no_hits import plain_words
from api.page.address import Address


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to try; `href` where a link can do it."""

    text: str
    href: str | None = None


def suggestions(address: Address, documents: int, others: list[Address]) -> list[Suggestion]:
    """Suggestions, at least one, the surest first. `documents` are those of the collection."""
    if documents == 0 and address.collection:
        command = f"winnow ingest ~/documents --collection {address.collection}"
        return [
            Suggestion("Add documents to it", f"{address.path}#add"),
            Suggestion(f"The collection is empty. Fill it: {command}"),
        ]
    found = []
    if address.filter:
        found.append(Suggestion("Search without the filters", str(replace(address.first, filter=()))))
    if address.min_relevance is not None:
        found.append(Suggestion("Show what is less relevant, too", str(replace(address.first, min_relevance=None))))
    if address.mode != "hybrid":
        found.append(Suggestion("Look for words and meaning", str(replace(address.first, mode="hybrid"))))
    if plain := plain_words(address.q):
        found.append(Suggestion(f"Search for the plain words: {plain}", str(replace(address.first, q=plain))))
    found.append(Suggestion("Ask in other words, or with fewer"))
    found += [Suggestion(f"Search in {other.collection}", str(other)) for other in others]
    return found
