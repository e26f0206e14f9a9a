"""Addresses of the page, which hold all that is asked for: links are made from a changed copy of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, Query
from fastapi import Request as HttpRequest

from api.http.dependencies import CollectionName
from api.page.clauses import Chosen, between, chosen, gathered, ranges
from engine.errors import UsageError
from engine.filters import And, Filter, parse_filter
from engine.query.request import LONGEST_QUERY, MODES, Mode, Request
from engine.types import Chunk, Hit

HITS = 10
MOST_COLLECTIONS = 16  # that are searched at once
BUDGET_MS = 3000.0  # of a search: people wait for no reranker longer
MORE = 3  # further passages of each hit's document
ACROSS = "/search"
EVERY = "*"  # no name of a collection
_MOST_FILTERS = 32
_NOTHING = Chosen("", ())


@dataclass(frozen=True, slots=True)
class Address:
    """A search, as its address has it. The names are those of the query string, `among` that of `in`.

    `collection` is the one that is searched, or whose document is read; `among` are those that a search of several goes
    through, EVERY for whatever there is.
    """

    collection: str
    q: str = ""
    filter: tuple[str, ...] = ()  # clauses in the command line's syntax
    mode: Mode = "hybrid"
    min_relevance: float | None = None
    why_not: str | None = None
    cursor: str | None = None
    verbatim: bool = False  # typos are not corrected
    fused: bool = False  # without the reranker, while somebody types; no link says so
    among: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return f"/collections/{quote(self.collection, safe='')}" if self.collection else ACROSS

    @property
    def name(self) -> str:
        """Name of what is searched, in words."""
        return self.collection or ("all collections" if self.among == (EVERY,) else ", ".join(self.among))

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query string's names and values; what is as by default is left out."""
        pairs = [*(("in", name) for name in self.among), ("q", self.q), *(("filter", clause) for clause in self.filter)]
        if self.mode != "hybrid":
            pairs.append(("mode", self.mode))
        if self.min_relevance is not None:
            pairs.append(("min_relevance", f"{self.min_relevance:g}"))
        pairs.append(("verbatim", "1" if self.verbatim else ""))
        pairs += [("why_not", self.why_not or ""), ("cursor", self.cursor or "")]
        return [(name, value) for name, value in pairs if value]

    def __str__(self) -> str:
        return f"{self.path}?{urlencode(self.parameters)}" if self.parameters else self.path

    @property
    def first(self) -> Address:
        """The search itself: its first page, without a question about a document."""
        return replace(self, cursor=None, why_not=None, fused=False)

    @property
    def as_typed(self) -> Address:
        """The search without corrections."""
        return replace(self.first, verbatim=True)

    def at(self, cursor: str) -> Address:
        return replace(self.first, cursor=cursor)

    def having(self, clause: str, other: str = "") -> Address:
        """The search with another clause in the place of one; without it where there is no other."""
        changed = (other if one == clause else one for one in self.filter)
        return replace(self.first, filter=tuple(one for one in changed if one))

    def lacking(self, field: str) -> Address:
        """The search without what it asks of a field: values, or a range of days."""
        kept = (clause for clause in self.filter if (chosen(clause) or between(clause) or _NOTHING).field != field)
        return replace(self.first, filter=tuple(kept))

    def of(self, collection: str) -> Address:
        """The same question to another collection, which need not have the fields that filters name."""
        return Address(collection, self.q)

    @property
    def everywhere(self) -> Address:
        """The same question to every collection."""
        return Address("", self.q, among=(EVERY,))

    def within(self, collection: str) -> Address:
        """The search with one of its collections named, whose documents are read; a way leads back."""
        return replace(self.first, collection=collection)

    @property
    def back(self) -> Address:
        """Where the hits are that a document was found among."""
        return replace(self.first, collection="") if self.among else self.first

    def to_request(self, arrived: float, *, facets: tuple[str, ...], budget_ms: float) -> Request:
        """The engine's request. InvalidFilter."""
        clauses: list[Filter] = [parse_filter(clause) for clause in self.filter]
        return Request(
            query=self.q,
            k=HITS,
            filter=And(tuple(clauses)) if clauses else None,
            mode=self.mode,
            rerank_depth=0 if self.fused else None,
            min_relevance=self.min_relevance,
            budget_ms=budget_ms,
            arrived=arrived,
            facets=facets,
            why_not=self.why_not,
            pageable=True,
            inner_hits=0 if self.fused else MORE,
            correct=not self.verbatim,
        )


def asked(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=LONGEST_QUERY)] = "",
    filter: Annotated[list[str], Query(max_length=_MOST_FILTERS)] = [],  # noqa: B006
    mode: str = "hybrid",
    min_relevance: str = "",
    why_not: Annotated[str, Query(max_length=4096)] = "",
    cursor: str = "",
    verbatim: str = "",
    fused: str = "",
    among: Annotated[list[str], Query(alias="in", max_length=MOST_COLLECTIONS)] = [],  # noqa: B006
) -> Address:
    """The search of an address, of whatever collection. A form sends fields that were left empty: they count as absent.
    Several values of a field are one clause, which any of them meets; the ends of a range come as `from:FIELD` and
    `to:FIELD`. UsageError.
    """
    if mode not in MODES:
        raise UsageError(f"There is no mode {mode!r}.", f"Known: {', '.join(MODES)}.")
    try:
        least = float(min_relevance) if min_relevance else None
    except ValueError as error:
        raise UsageError(f"{min_relevance!r} is not a number.", "Give a relevance between 0 and 1.") from error
    return Address(
        "",
        q.strip(),
        gathered([*(clause for clause in filter if clause.strip()), *ranges(request.query_params)]),
        mode,
        least,
        why_not.strip() or None,
        cursor or None,
        verbatim == "1",
        fused == "1",
        tuple(dict.fromkeys(among)),
    )


def address_of(collection: CollectionName, found: Annotated[Address, Depends(asked)]) -> Address:
    """The address of a request about one collection. UsageError."""
    return replace(found, collection=collection)


def document_address(address: Address, document: str, passage: Mapping[str, int] | None = None) -> str:
    """Where a document can be read, with a passage of it marked: `start` and `end` in code points. What was asked goes
    along, so that its words are marked and a way leads back.
    """
    pairs: list[tuple[str, str | int]] = [("id", document), *(passage or {}).items(), *address.first.parameters]
    anchor = "#passage" if passage else ""
    return f"{address.path}/document?{urlencode(pairs)}{anchor}"


def passage_address(address: Address, hit: Hit) -> Callable[[Chunk], str]:
    """Where a passage of a hit's document can be read."""
    return lambda chunk: document_address(address, hit.document.id, {"start": chunk.start, "end": chunk.end})
