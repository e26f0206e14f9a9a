"""The parts of a query worth showing, and where a passage holds them: telling words, identifiers, demanded phrases."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.lexical.query import Clause, LexicalQuery
from engine.lexical.search import query_terms
from engine.lexical.statistics import LexicalStatistics
from engine.snippets.highlight import COMMON, terms_of

_ENOUGH = 50  # passages from which shares are believed
_MOST_IDENTIFIERS = 16
_LONGEST_IDENTIFIER = 200  # code points
_IDENTIFIER = re.compile(r"[^\W_]\w*(?:(?:[.:/\\@-]{1,2}|(?<=\w)_+)\w+)+|\w*[^\W_]_+[^\W_]\w*")
# Around a word of a text, which is an identifier where it has an underscore, a dot or an inner capital.
_AFTER = re.compile(r"\w*(?:\.\w+)*")
_CAMEL = re.compile(r"[a-z][A-Z]")
_PARTS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words, phrases and identifiers that a query looks for. `words` tells a term's word of the query, `weights` how
    rare each word is, from 0 for a function word; `phrases` must be shown, and so must `identifiers` (lower case).
    """

    words: dict[str, int]
    weights: tuple[float, ...]
    phrases: tuple[Clause, ...] = ()
    identifiers: tuple[str, ...] = ()
    within: frozenset[int] = frozenset()  # words of the query that are nothing but parts of its identifiers


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """[start, end) of a text, and which word, phrase or identifier stands there."""

    start: int
    end: int
    what: int


@dataclass(frozen=True, slots=True)
class Found:
    words: tuple[Place, ...] = ()
    phrases: tuple[Place, ...] = ()
    identifiers: tuple[Place, ...] = ()


def wanted(query: LexicalQuery, statistics: LexicalStatistics) -> Wanted:
    """The part of a query that is worth showing to a collection with these statistics."""
    words: dict[str, int] = {}
    weights: list[float] = []
    for alternatives in query_terms(query, statistics):
        known = words.get(alternatives[0])  # not any other: a compound is an alternative of each of its parts
        if known is None:
            known = len(weights)
            weights.append(0.0 if alternatives in query.function else _weight(alternatives, statistics))
        for term in alternatives:
            words.setdefault(term, known)
    if not any(weights):
        weights = [1.0] * len(weights)
    tokens = [token for token in query.text.split() if len(token) <= _LONGEST_IDENTIFIER]
    identifiers = dict.fromkeys(match[0].lower() for token in tokens for match in _IDENTIFIER.finditer(token))
    chosen = tuple(identifiers)[:_MOST_IDENTIFIERS]
    plain = _parts(" ".join(_IDENTIFIER.sub(" ", token) for token in tokens).lower())
    inner = {part for identifier in chosen for part in _parts(identifier)} - plain
    within = frozenset(words[part] for part in inner if part in words)
    phrases = tuple(clause for clause in query.required if clause.field == "text")
    return Wanted(words, tuple(weights), phrases, chosen, within)


def find(text: str, language: str, query: Wanted, offset: int = 0) -> Found:
    """Where `text` holds what is wanted, counted from `offset`; every list in order."""
    terms = terms_of(text, language, None if query.phrases else query.words.keys())  # phrases need every word between
    lower = text.lower() if query.identifiers else text
    return Found(
        words=_moved(_words(text, terms, query), offset),
        phrases=_moved(_phrases(terms, query.phrases), offset),
        # lower case may change a text's length, and then nothing is known of places
        identifiers=_moved(_identifiers(lower, query.identifiers), offset) if len(lower) == len(text) else (),
    )


def _moved(places: Iterable[Place], by: int) -> tuple[Place, ...]:
    return tuple(sorted(Place(place.start + by, place.end + by, place.what) for place in places))


def _weight(alternatives: Sequence[str], statistics: LexicalStatistics) -> float:
    """The word's inverse document frequency; 0 for what nearly every passage has."""
    count = statistics.chunk_count
    frequency = max(statistics.document_frequency(term) for term in alternatives)
    if count >= _ENOUGH and frequency > COMMON * count:
        return 0.0
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5)) if frequency else 0.0


def _words(text: str, terms: Sequence[tuple[int, int, str]], query: Wanted) -> Iterator[Place]:
    """Telling words; where one is part of an identifier, the identifier, if the query means it."""
    for start, end, term in terms:
        word = query.words.get(term)
        if word is None or not query.weights[word]:
            continue
        low, high = _token(text, start, end)
        if not _is_identifier(text[low:high]):
            yield Place(start, end, word)
        elif word not in query.within or _means(text[low:high].lower(), query.identifiers):
            yield Place(low, high, word)


def _token(text: str, start: int, end: int) -> tuple[int, int]:
    """The letters, digits, underscores and inner dots around text[start:end]."""
    least = max(0, start - _LONGEST_IDENTIFIER)
    while start > least and (_is_word(text, start - 1) or (text[start - 1] == "." and _is_word(text, start - 2))):
        start -= 1
    after = _AFTER.match(text, end, end + _LONGEST_IDENTIFIER)
    return start, after.end() if after else end


def _means(token: str, identifiers: Sequence[str]) -> bool:
    """Whether an identifier of a text is one of the query's, a part of one, or has one as its part."""
    return any(token in identifier or identifier in token for identifier in identifiers)


def _phrases(terms: Sequence[tuple[int, int, str]], clauses: Sequence[Clause]) -> Iterator[Place]:
    for number, clause in enumerate(clauses):
        for reading in clause.readings:
            size = len(reading)
            for at, (start, _, term) in enumerate(terms):
                if term == reading[0] and tuple(term for _, _, term in terms[at : at + size]) == reading:
                    yield Place(start, terms[at + size - 1][1], number)


def _identifiers(lower: str, identifiers: Sequence[str]) -> Iterator[Place]:
    for number, identifier in enumerate(identifiers):
        at = lower.find(identifier)
        while at >= 0:
            end = at + len(identifier)
            if not (_is_word(lower, at - 1) and _is_word(lower, at)) and not (
                _is_word(lower, end - 1) and _is_word(lower, end)
            ):
                yield Place(at, end, number)
            at = lower.find(identifier, end)


def _is_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


def _is_identifier(token: str) -> bool:
    if "_" in token.strip("_") or "." in token:
        return True
    return not token.islower() and _CAMEL.search(token) is not None


def _parts(text: str) -> frozenset[str]:
    return frozenset(_PARTS.findall(text))
