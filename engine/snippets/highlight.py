"""Highlights: where a passage holds the query's terms, found with the analyser that found the passage."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Set
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

from engine.lexical.analysis import analyse, analyse_whole
from engine.lexical.query import LexicalQuery
from engine.lexical.search import query_terms
from engine.lexical.statistics import LexicalStatistics
from engine.lexical.unicode import INVISIBLE, has_marks, mark_ranges

_SPLITTERS = (re.compile(r"[^'’]+"), re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]+"))  # l'eau; iPhone版
_REMEMBERED = 1 << 16  # runs: passages of a collection repeat their words
_PASSAGES = 8  # what is marked in a passage and what is shown of it are told one after the other
COMMON = 0.2  # a term in more than this share of the passages says nothing about a hit


def terms_to_highlight(query: LexicalQuery, statistics: LexicalStatistics) -> frozenset[str]:
    """The query's terms that are worth marking: all but the common ones, or all if all are common."""
    terms = {term for alternatives in query_terms(query, statistics) for term in alternatives}
    frequencies = {term: frequency for term in terms if (frequency := statistics.document_frequency(term))}
    limit = COMMON * statistics.chunk_count
    return frozenset(term for term, frequency in frequencies.items() if frequency <= limit) or frozenset(frequencies)


def highlight(text: str, language: str, terms: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Spans [start, end) of `text`, in code points, that hold one of `terms`; sorted, overlapping ones merged."""
    wanted = frozenset(terms)
    runs = ((start, end) for start, end, run in _runs(text, language) if run.has_any(wanted))
    return tuple(_merged(span for run in runs for span in _spans(text, *run, language, wanted)))


def terms_of(text: str, language: str, among: Set[str] | None = None) -> list[tuple[int, int, str]]:
    """The terms of a text with their places, in order; those of a script without spaces overlap. With `among` only
    these terms.
    """
    found: list[tuple[int, int, str]] = []
    for start, end, run in _runs(text, language):
        if among is None or not among.isdisjoint(run.terms):
            _add_terms(found, text, start, end, language)
    return found if among is None else [place for place in found if place[2] in among]


class _Run(NamedTuple):
    """The terms of a run of letters, and those that it can be found by beside its words."""

    terms: tuple[str, ...]
    beside: tuple[str, ...]

    def has_any(self, of: Set[str]) -> bool:
        return not of.isdisjoint(self.terms) or (bool(self.beside) and not of.isdisjoint(self.beside))


def _pattern(text: str) -> re.Pattern[str]:
    """The pattern for the runs of a text. With the table of marks it takes four times as long; few texts need it."""
    return _with_marks() if has_marks(text) else _without_marks()


@cache
def _without_marks() -> re.Pattern[str]:
    return _run(r"[^\W_]+")


@cache
def _with_marks() -> re.Pattern[str]:
    return _run(rf"(?:[^\W_]|[{INVISIBLE}{mark_ranges()}])+")  # \w lacks them


def _run(letters: str) -> re.Pattern[str]:
    return re.compile(rf"{letters}(?:['’]{letters})*(?:\+\+|#(?![^\W\d]))?")


@lru_cache(_PASSAGES)
def _runs(text: str, language: str) -> tuple[tuple[int, int, _Run], ...]:
    """The runs of letters of a text, with their places."""
    return tuple((*match.span(), _analysed(match[0], language)) for match in _pattern(text).finditer(text))


@lru_cache(_REMEMBERED)
def _analysed(run: str, language: str) -> _Run:
    whole = analyse_whole(run, language)
    return _Run(tuple(whole.terms), tuple(chain.from_iterable(whole.beside)))


def _add_terms(found: list[tuple[int, int, str]], text: str, start: int, end: int, language: str) -> None:
    terms = _analysed(text[start:end], language).terms
    if len(terms) <= 1 or end - start <= 2:
        found += [(start, end, term) for term in terms]
        return
    for part in _split(text, start, end):
        _add_terms(found, text, *part, language)


def _spans(text: str, start: int, end: int, language: str, terms: frozenset[str]) -> list[tuple[int, int]]:
    """Where text[start:end], a run of letters, holds one of the terms: in the parts that are words, or as a whole."""
    run = _analysed(text[start:end], language)
    if not run.has_any(terms):
        return []
    found = run.terms
    if len(found) == 1 and not terms.isdisjoint(found):
        return [(start, end)]
    if end - start <= 2:
        single = [(at, at + 1) for at in range(start, end) if not terms.isdisjoint(analyse(text[at], language))]
        return [(start, end)] if not terms.isdisjoint(found) or not single else single
    if len(found) == 1:
        return [(start, end)]  # 16GB, of which the query has a part
    parts = _split(text, start, end)
    return [span for part in parts for span in _spans(text, *part, language, terms)] or [(start, end)]


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The words of a run that holds several; of a script without spaces the overlapping pairs of characters."""
    for splitter in _SPLITTERS:
        parts = _parts(splitter, text, start, end)
        if len(parts) > 1:
            return parts
    return [(at, at + 2) for at in range(start, end - 1)]


def _parts(splitter: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [match.span() for match in splitter.finditer(text, start, end)]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
