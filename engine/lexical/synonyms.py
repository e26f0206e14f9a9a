"""Synonyms: they become alternatives of the words of a query, scored as one term with them.

Several words stand for one, and one for several, place by place: the last word of the shorter side stands for what is
left of the longer one. So "nyc" with the synonym "new york" is looked for as (nyc or new) and (nyc or york): a passage
with either writing matches both. Words are compared by their stems, the longest match first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.lexical.analysis import Alternatives, analyse_words
from engine.lexical.query import LexicalQuery
from engine.lexical.unicode import normalise
from engine.lexical.words import split_words

Stems = tuple[Alternatives, ...]  # of a word or of several


class SynonymTable:
    """The synonyms of a query's words: `phrases` are words, each with its synonyms; `languages` those of the
    collection.

    Attributes:
        words: the words that have synonyms, alone or with others.
    """

    def __init__(self, phrases: Mapping[str, Sequence[str]], languages: Sequence[str]) -> None:
        self.words = frozenset(word for phrase in phrases for word in _words(phrase))
        self._languages = languages
        self._known: dict[Stems, tuple[str, ...]] = {}
        for phrase, others in phrases.items():
            if stems := self._stems(phrase):
                self._known[stems] = tuple(dict.fromkeys((*self._known.get(stems, ()), *others)))
        self._longest = max(map(len, self._known), default=0)

    def applied(self, query: LexicalQuery) -> LexicalQuery:
        """`query` with the synonyms of its words, and which words have which."""
        if not self._known:
            return query
        words = _words(query.text)
        stems = tuple(analyse_words(words, self._languages))
        terms: list[Alternatives] = []
        used: dict[str, tuple[str, ...]] = {}
        place = 0
        while place < len(stems):
            length = self._length(stems, place)
            here = slice(place, place + (length or 1))
            if length:
                others = used[" ".join(words[here])] = self._known[stems[here]]
                terms += _side_by_side([query.terms[here], *map(self._stems, others)])
            else:
                terms += query.terms[here]
            place = here.stop
        return replace(query, terms=(*terms, *query.terms[len(stems) :]), synonyms=tuple(used.items()))

    def _length(self, stems: Stems, place: int) -> int:
        """How many words from `place` on have synonyms together; 0 where none has."""
        lengths = range(min(self._longest, len(stems) - place), 0, -1)
        return next((length for length in lengths if stems[place : place + length] in self._known), 0)

    def _stems(self, phrase: str) -> Stems:
        return tuple(analyse_words(_words(phrase), self._languages))


def _words(text: str) -> list[str]:
    return split_words(normalise(text))


def _side_by_side(phrases: Sequence[Stems]) -> list[Alternatives]:
    """The groups of terms of phrases that stand for each other."""
    held = [phrase for phrase in phrases if phrase]
    return [
        tuple(dict.fromkeys(term for phrase in held for term in phrase[min(place, len(phrase) - 1)]))
        for place in range(max(map(len, held), default=0))
    ]
