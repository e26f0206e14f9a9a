"""Facets: values of metadata fields to choose from, several of each, and ranges of dates; and what is in force."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.page.address import Address
from api.page.clauses import Between, between, chosen, clause_of, labels, text_of
from api.page.source import DATES
from api.page.wording import MODES, plain
from engine.types import FacetCount, MetadataType

FIELDS = 8  # fields whose values are counted
RANGES = 3  # fields of dates that are looked at
SHOWN = 6  # values of a field that stand open
_FIELD = re.compile(r'[^\s:"-][^\s:"]*')  # what the syntax of filters can name
_ORDER: tuple[MetadataType, ...] = ("list", "string", "bool", "number")  # what tells most comes first
_SPREAD = 0.95  # of the documents: what more than that have in common divides nothing
_HELD = 0.1  # of the documents must have the field
_SHARED = 2.0  # documents that a value stands for, on average: fewer, and it is a name of each


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a field; `clause` is the filter that takes it."""

    label: str
    count: int
    clause: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A field and its values, the most frequent first; `shown` stand open, `more` are folded away."""

    field: str
    shown: tuple[Choice, ...]
    more: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """All that narrows a search: `kept` are the clauses that none of the choices and ranges stands for."""

    facets: tuple[Facet, ...]
    ranges: tuple[Between, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """A filter of the search. `href` is the search without it."""

    label: str
    href: str


def fields_to_count(schema: Mapping[str, MetadataType]) -> tuple[str, ...]:
    """The fields worth counting, of those that a filter can name: the language, lists and strings first, then dates."""
    usable = sorted(name for name in schema if _FIELD.fullmatch(name))
    dates = [name for name in usable if schema[name] == "date"]
    dates.sort(key=lambda name: DATES.index(name) if name in DATES else len(DATES))
    rest = [name for name in usable if schema[name] != "date"]
    return ("language", *sorted(rest, key=lambda name: _ORDER.index(schema[name]))[:FIELDS], *dates[:RANGES])


def fields_in_force(address: Address) -> list[str]:
    """Fields of which values or a range were chosen: their other values are those of the search without them."""
    return [one.field for clause in address.filter if (one := chosen(clause) or between(clause))]


def narrowing(
    counts: Mapping[str, Sequence[FacetCount]], schema: Mapping[str, MetadataType], address: Address
) -> Narrowing:
    """The facets and ranges that can narrow the search; `counts` of a field that is in force are those without it."""
    wanted = {one.field: one.values for clause in address.filter if (one := chosen(clause))}
    spans = {span.field: span for clause in address.filter if (span := between(clause))}
    documents = sum(entry.count for entry in counts.get("language", ()))
    worthwhile = {
        field: values
        for field, values in counts.items()
        if field in wanted or field in spans or _is_worthwhile(values, documents, schema.get(field, "string"))
    }
    facets = [
        _facet(name, found, wanted.get(name, ())) for name, found in worthwhile.items() if schema.get(name) != "date"
    ]
    ranges = [spans.get(name, Between(name, "", "")) for name in worthwhile if schema.get(name) == "date"]
    here = {facet.field for facet in facets}, {span.field for span in ranges}
    return Narrowing(tuple(facets), tuple(ranges), tuple(clause for clause in address.filter if not _in(clause, *here)))


def in_force(address: Address) -> list[InForce]:
    """The filters of the search, and whatever else about it is not as by default."""
    found = [InForce(label, str(address.having(clause, left))) for label, clause, left in labels(address.filter)]
    if address.mode != "hybrid":
        found.append(InForce(MODES[address.mode], str(replace(address.first, mode="hybrid"))))
    if address.min_relevance is not None:
        label = f"at least {address.min_relevance:.0%} relevant"
        found.append(InForce(label, str(replace(address.first, min_relevance=None))))
    return found


def _is_worthwhile(values: Sequence[FacetCount], documents: int, kind: MetadataType) -> bool:
    """Whether the field divides the documents: enough have it, not all alike, and not each its own value."""
    held = sum(entry.count for entry in values)
    if len(values) < 2 or held < _HELD * documents:
        return False
    if kind == "date":
        return True
    return values[0].count <= _SPREAD * documents and held >= _SHARED * len(values)


def _facet(field: str, values: Sequence[FacetCount], wanted: Sequence[str]) -> Facet:
    """The choices of a field; one that was chosen stands open, also where no document has it any more."""
    counted = {text_of(entry.value): entry for entry in values}
    choices = [
        Choice(plain(entry.value), entry.count, clause_of(field, text), text in wanted)
        for text, entry in counted.items()
    ]
    choices += [Choice(text, 0, clause_of(field, text), True) for text in wanted if text not in counted]
    shown = [choice for place, choice in enumerate(choices) if place < SHOWN or choice.chosen]
    return Facet(field, tuple(shown), tuple(choice for choice in choices if choice not in shown))


def _in(clause: str, choices: set[str], ranges: set[str]) -> bool:
    one, span = chosen(clause), between(clause)
    return (one is not None and one.field in choices) or (span is not None and span.field in ranges)
