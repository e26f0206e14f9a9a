"""The query language. Any text is a query: what is not an operator is plain text, and nothing fails to parse.

    two words        chunks with either, best with both (OR between them is accepted and changes nothing)
    "two words"      must occur side by side in title or body
    -word -"a b"     must not occur; a minus before a digit or another minus is plain text (-5, --verbose)
    field:value      the metadata field must have the value; -field:value must not
    title:word       the title must hold the word (or title:"two words"); -title:word must not

Only a known field's name followed by a colon is an operator: http://..., 12:30 and std::vector are plain text. In a
query of more than PROSE plain words, which is pasted rather than typed, quotes and minus signs are plain text too. A
query of nothing but exclusions has no terms: it finds nothing lexically, and its mask restricts the other legs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from engine.lexical.analysis import analyse, analyse_query

MAX_TERMS = 256  # distinct terms that are scored: search keeps the most selective
MAX_WORDS = 4096  # words that are read at all
MAX_CLAUSES = 64  # phrases, exclusions and title words that are honoured
PROSE = 32  # plain words, beyond which a quotation is what somebody wrote and not what must occur

_ITEM = re.compile(
    r"""(?P<minus>-(?![-\d]))?  (?P<whole>(?:(?P<field>[^\s:"]+):)?  (?:"(?P<phrase>[^"]*)" | (?P<word>\S+)))""", re.X
)
_QUOTES = str.maketrans("“”„", '"""')


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that stand side by side: `readings` are their terms under each language, and any of them will do."""

    readings: tuple[tuple[str, ...], ...]
    field: Literal["title", "text"] = "text"  # text: title or body


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A parsed query. `terms` holds, per word in order, its alternatives under the collection's languages."""

    text: str  # the words without operators, for the dense leg and the reranker
    terms: tuple[tuple[str, ...], ...]
    required: tuple[Clause, ...] = ()
    excluded: tuple[Clause, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()  # (field, value), all of which must hold
    excluded_filters: tuple[tuple[str, str], ...] = ()  # (field, value), none of which may hold
    capped: bool = False  # longer than what is honoured: MAX_TERMS, MAX_WORDS, MAX_CLAUSES
    prose: bool = False  # quotes or minus signs were read as plain text

    @property
    def notes(self) -> list[str]:
        """What an answer says of how the query was read."""
        return ["query:capped"] * self.capped + ["query:prose"] * self.prose


def parse_query(text: str, languages: Sequence[str], fields: Collection[str]) -> LexicalQuery:
    """Reads a query for a collection in these languages (most frequent first) and metadata fields. Never raises."""
    items = list(islice(_items(text, frozenset(fields)), MAX_WORDS + 1))
    capped = len(items) > MAX_WORDS
    items = _without_or(items[:MAX_WORDS])
    prose = sum(item.is_plain for item in items) > PROSE and any(item.is_sign for item in items)
    if prose:
        items = [replace(item, quoted=False, negated=False) if item.is_sign else item for item in items]
    filters = [item for item in items if item.is_filter]
    clauses = [(item, _clause(item, languages)) for item in items if item.is_clause]
    clauses = [(item, clause) for item, clause in clauses if clause.readings]
    plain = " ".join(item.value for item in items if not (item.negated or item.is_filter))
    terms = analyse_query(plain, languages)
    distinct = {term for alternatives in terms for term in alternatives}
    return LexicalQuery(
        text=plain,
        terms=tuple(terms[:MAX_WORDS]),
        required=tuple(clause for item, clause in clauses[:MAX_CLAUSES] if not item.negated),
        excluded=tuple(clause for item, clause in clauses[:MAX_CLAUSES] if item.negated),
        filters=tuple((item.field, item.value) for item in filters if not item.negated),
        excluded_filters=tuple((item.field, item.value) for item in filters if item.negated),
        capped=capped or len(distinct) > MAX_TERMS or len(terms) > MAX_WORDS or len(clauses) > MAX_CLAUSES,
        prose=prose,
    )


@dataclass(frozen=True, slots=True)
class _Item:
    """A word or a quoted phrase with what stands before it. `field` is empty unless it is a known field's name."""

    value: str
    field: str
    quoted: bool
    negated: bool

    @property
    def is_filter(self) -> bool:
        return self.field not in ("", "title")

    @property
    def is_clause(self) -> bool:
        return not self.is_filter and (self.quoted or self.negated or self.field == "title")

    @property
    def is_plain(self) -> bool:
        return not (self.is_filter or self.is_clause)

    @property
    def is_sign(self) -> bool:
        """A phrase or an exclusion that names no field."""
        return not self.field and (self.quoted or self.negated)


def _items(text: str, fields: frozenset[str]) -> Iterator[_Item]:
    for match in _ITEM.finditer(text.translate(_QUOTES)):
        minus, whole, field, phrase, word = match.group("minus", "whole", "field", "phrase", "word")
        if field is not None and field != "title" and field not in fields:
            yield _Item(whole, "", quoted=False, negated=minus is not None)
        else:
            value = word if phrase is None else phrase
            yield _Item(value, field or "", quoted=phrase is not None, negated=minus is not None)


def _without_or(items: Sequence[_Item]) -> list[_Item]:
    """`items` less each OR between two others; elsewhere it is a word like any other (Oregon)."""
    operator = _Item("OR", "", quoted=False, negated=False)
    return [item for i, item in enumerate(items) if item != operator or i in (0, len(items) - 1)]


def _clause(item: _Item, languages: Sequence[str]) -> Clause:
    readings = (tuple(analyse(item.value, language)) for language in languages or ("und",))
    return Clause(
        tuple(dict.fromkeys(reading for reading in readings if reading)), "title" if item.field == "title" else "text"
    )
