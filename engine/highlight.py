"""Highlights: where a passage holds the query's terms, found with the analyser that found the passage."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from engine.lexical.analysis import analyse
from engine.lexical.query import LexicalQuery
from engine.lexical.statistics import LexicalStatistics

_WORD = re.compile(r"[^\W_]+(?:['’]\w+)?(?:\+\+|#)?")
COMMON = 0.2  # a term in more than this share of the passages says nothing about a hit


def telling_terms(query: LexicalQuery, statistics: LexicalStatistics) -> frozenset[str]:
    """The query's terms that are worth marking: all but the common ones, or all if all are common."""
    terms = {term for alternatives in query.terms for term in alternatives}
    limit = COMMON * statistics.chunk_count
    return frozenset(term for term in terms if statistics.document_frequency(term) <= limit) or frozenset(
        terms
    )


def highlight(text: str, language: str, terms: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Spans [start, end) of `text`, in code points, that hold one of `terms`; sorted, neighbours merged."""
    spans: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        found = analyse(match.group(), language)
        if len(found) <= 1:
            if found and found[0] in terms:
                spans.append(match.span())
        else:  # a script without spaces: the run was analysed as overlapping pairs of characters
            spans += [
                (at, at + 2)
                for at in range(match.start(), match.end() - 1)
                if _is_term(text[at : at + 2], terms)
            ]
    return tuple(_merged(spans))


def _is_term(pair: str, terms: Collection[str]) -> bool:
    return any(term in terms for term in analyse(pair, "und"))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
