"""Facets: values of metadata fields as links that narrow a search, and filters in force as links that widen it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from api.page.address import Address
from api.page.wording import MODES, plain
from engine.errors import InvalidFilter
from engine.filters import Equals, parse_filter
from engine.types import FacetCount, MetadataType

FIELDS = 8  # fields whose values are counted
SHOWN = 6  # values of a field that stand open
_FIELD = re.compile(r'[^\s:"-][^\s:"]*')  # what the syntax of filters can name
_ORDER: tuple[MetadataType, ...] = ("list", "string", "bool", "number", "date")  # what tells most comes first


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a field. `href` narrows the search to it."""

    label: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A field and its values, the most frequent first; `shown` stand open, `more` are folded away."""

    field: str
    shown: tuple[Choice, ...]
    more: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """A filter of the search. `href` is the search without it."""

    label: str
    href: str


def fields_to_count(schema: Mapping[str, MetadataType]) -> tuple[str, ...]:
    """The fields worth counting: those that can be named in a filter, lists and strings first; and the language."""
    usable = [name for name in schema if _FIELD.fullmatch(name)]
    return ("language", *sorted(usable, key=lambda name: (_ORDER.index(schema[name]), name))[:FIELDS])


def facets(counts: Mapping[str, Sequence[FacetCount]], address: Address) -> list[Facet]:
    """Facets that can be chosen. A field helps only if it has several values, and one that documents share."""
    found = []
    for field, values in counts.items():
        choices = [
            Choice(plain(entry.value), entry.count, str(address.having(clause)))
            for entry in values
            if (clause := clause_of(field, entry.value)) not in address.filter
        ]
        if len(choices) > 1 and values[0].count > 1:
            found.append(Facet(field, tuple(choices[:SHOWN]), tuple(choices[SHOWN:])))
    return found


def in_force(address: Address) -> list[InForce]:
    """The filters of the search, and whatever else about it is not as by default."""
    found = [InForce(_label(clause), str(address.lacking(clause))) for clause in address.filter]
    if address.mode != "hybrid":
        found.append(InForce(MODES[address.mode], str(replace(address.first, mode="hybrid"))))
    if address.min_relevance is not None:
        label = f"at least {address.min_relevance:.0%} relevant"
        found.append(InForce(label, str(replace(address.first, min_relevance=None))))
    return found


def clause_of(field: str, value: str | int | float | bool | date) -> str:
    """A filter as text that `parse_filter` reads as Equals(field, value)."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    else:
        text = value.isoformat() if isinstance(value, date) else str(value)
    if re.fullmatch(r"\w+", text):
        return f"{field}:{text}"
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'{field}:"{escaped}"'


def _label(clause: str) -> str:
    try:
        parsed = parse_filter(clause)
    except InvalidFilter:
        return clause
    return f"{parsed.field}: {parsed.value}" if isinstance(parsed, Equals) else clause
