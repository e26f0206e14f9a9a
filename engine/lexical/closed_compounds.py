"""Nouns written in one word ("Krankenversicherungsbeitrag"), told apart by the words of the collection itself.

    a word is found inside others     Beitrag  ->  Krankenversicherungsbeitrag, Beitragssatz
    a compound is made of words       Krankenversicherungsbeitrag  ->  Krankenversicherung, Beitrag

Both are asked when a query is read: documents are indexed as they stand, and an answer does not depend on which
segment a word came with. A split uses up the whole word: each part is a word of the collection, or the stem of one
("Schule": Schul|buch), and a linking element may follow it. After Koehn and Knight, "Empirical Methods for Compound
Splitting" (2003, https://aclanthology.org/E03-1076); of several splits the one of the fewest parts counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Set
from functools import lru_cache
from typing import TypeVar

from engine.lexical.function_words import function_words
from engine.lexical.stemmers import stem_function
from engine.lexical.substrings import SHORTEST, Substrings
from engine.lexical.unicode import fold

# The languages that write compounds in one word, and what may stand between two parts.
LINKS: Mapping[str, tuple[str, ...]] = {
    "da": ("", "s", "e", "er"),
    "de": ("", "s", "n", "en", "es", "er", "e", "ns", "ens"),
    "fi": ("", "n", "en"),
    "nl": ("", "s", "n", "en", "er", "e"),
    "no": ("", "s", "e", "er"),
    "sv": ("", "s", "e", "o", "u", "a"),
}
MOST = 128  # compounds that one word is looked for in: the most frequent ones
_MOST_PARTS = 4  # of one split: nearly any word can be put together of more
_SHORTEST_WHOLE = 7  # letters of a compound
_TELLING = 5  # letters of a stem that hardly stands in a word by chance
_BOUND = ("ungs", "heits", "keits", "schafts", "ions", "tats")  # what only a part that others follow ends with
_SMALL = 4000  # words of a collection that lacks many, and in which few stand in others by chance
_OTHER = 4  # letters of a part that the collection lacks as a word
_REMEMBERED = 1 << 16
_LONGEST_ENDING = 7  # letters that a form of a word has beyond its stem

# What words begin or end with in these languages, and texts have as words or abbreviations, too: "Ver|arbeitung",
# "Rech|nung" and "Arbeit|er" are no compounds.
_AFFIXES = """
    aus auf bei der dem den des die ein emp ent her hin los miss mit nach vor weg zer ver zum zur bar haft heit
    isch keit lich sam schaft tum ung nung tion ion ten ben gen ken len ler ner ren ret sen ter ger innen loos
    heid ing ling ont toe mis opp ned upp for til fra und het else ning tet lla ssa sta lle"""
Known = TypeVar("Known")


class ClosedCompounds:
    """The compounds of a collection in one language of LINKS. Safe under threads.

    `vocabulary` are the collection's words as written, in lower case; `frequencies` says how many living passages hold
    each of some terms, so that what only deleted documents had is no part.
    """

    def __init__(
        self, vocabulary: Collection[str], language: str, frequencies: Callable[[Set[str]], Mapping[str, int]]
    ) -> None:
        self._links = LINKS[language]
        self._stem = lru_cache(1 << 14)(_folded_stem(language))
        self._no_parts = no_parts = frozenset(_AFFIXES.split()).union(
            map(fold, function_words(list(vocabulary), [language]))
        )
        stem = _folded_stem(language)
        terms = {word: stem(word) for word in sorted(vocabulary)}
        self._frequencies = frequencies(set(terms.values()))
        living = {word: term for word, term in terms.items() if self._frequencies.get(term)}
        folded = {word: fold(word) for word in living}
        parts = [(folded[word], term) for word, term in living.items() if folded[word] not in no_parts]
        parts = [*((term, term) for _, term in parts if term not in no_parts), *parts]  # what is written wins
        self._terms = {part: term for part, term in parts if len(part) >= SHORTEST}
        self._is_small = len(vocabulary) < _SMALL
        long = {folded[word]: term for word, term in living.items() if len(word) >= _SHORTEST_WHOLE}
        by_frequency = sorted(long.items(), key=lambda pair: (-self._frequencies[pair[1]], pair[1], pair[0]))
        self._words, self._word_terms = [word for word, _ in by_frequency], [term for _, term in by_frequency]
        self._substrings = Substrings(self._words)
        self._known_holding, self._known_parts = _Memory[tuple[str, ...]](), _Memory[tuple[str, ...]]()
        self._known_ends, self._known_beginnings = _Memory[tuple[str, ...]](), _Memory[bool]()

    def holding(self, word: str) -> tuple[str, ...]:
        """The terms of the compounds that `word` is a part of, the most frequent first. None is in no passage."""
        known = self._known_holding.get(word)
        if known is None:
            found: dict[str, None] = {}  # in order
            for term in self._holders(word):
                found[term] = None
                if len(found) == MOST:
                    break
            known = self._known_holding[word] = tuple(found)
        return known

    def _holders(self, word: str) -> Iterator[str]:
        """Yield the terms of the compounds that `word` is a part of, the most frequent first."""
        term, whole = self._stem(word), fold(word)
        root = _common_beginning(term, whole)  # the Dutch stem of "verzekering" is "verzekeer"
        for place in self._substrings.holding(root):
            compound, found = self._words[place], self._word_terms[place]
            if found == term or len(compound) < len(root) + SHORTEST:
                continue
            if self._has_part(compound, root, term) or (self._is_small and self._is_at_end(compound, whole)):
                yield found

    def parts(self, word: str) -> tuple[str, ...]:
        """The terms of the fewest words that `word` is made of; () where it is no compound."""
        whole = fold(word)
        return self._fewest(whole, of_several=True) if len(whole) >= _SHORTEST_WHOLE else ()

    def knows(self, word: str) -> bool:
        """Whether a word is a part of others, or made of others."""
        return bool(self.holding(word) or self.parts(word))

    def _has_part(self, compound: str, root: str, term: str) -> bool:
        """Whether one part of `compound`, or several side by side, is a form of `term`, all of which begin with `root`.
        A short one must be a part in the split of the fewest: "Neustart" has no "Art".
        """
        if len(root) < _TELLING:
            return self._is_within(compound, term)
        at = compound.find(root)
        while at >= 0:
            rests = self._rests(compound, at, root, term)
            if self._can_precede(compound[:at]) and any(map(self._can_follow, rests)):
                return True
            at = compound.find(root, at + 1)
        return False

    def _is_at_end(self, compound: str, word: str) -> bool:
        """Whether `compound` begins or ends with `word`, and the rest may be a word that the collection lacks."""
        rests = [compound.removesuffix(word)] * (len(word) >= _OTHER)
        rests += [compound.removeprefix(word)] * (len(word) >= _TELLING)
        return any(
            _OTHER <= len(rest) < len(compound) and self._no_parts.isdisjoint({rest, self._stem(rest)})
            for rest in rests
        )

    def _is_within(self, compound: str, term: str) -> bool:
        """Whether `term` is a part of `compound`, or of one of its parts."""
        parts = self.parts(compound)
        return term in parts or any(self._is_within(part, term) for part in parts if len(part) > len(term))

    def _rests(self, compound: str, at: int, root: str, term: str) -> Iterator[str]:
        """Yield the rest of `compound` after a form of `term` at a place, and after a link."""
        if at > 0 and self._stem(compound[at:]) == term:
            yield ""
        least = at + len(root)
        for end in range(least, min(least + _LONGEST_ENDING, len(compound) - SHORTEST) + 1):
            if compound[:end].endswith(_BOUND) and self._stem(compound[at : end - 1]) == term:
                yield ""
            elif compound[at:end] == term or self._terms.get(compound[at:end]) == term:
                yield from (compound[end + len(link) :] for link in self._links if compound.startswith(link, end))

    def _can_precede(self, text: str) -> bool:
        """Whether `text` is nothing, or parts before another one."""
        if not text or text.endswith(_BOUND):
            return True
        known = self._known_beginnings.get(text)
        if known is None:
            cut = (text.removesuffix(link) for link in self._links if text.endswith(link))
            known = self._known_beginnings[text] = any(bool(self._fewest(one)) for one in cut if one)
        return known

    def _can_follow(self, text: str) -> bool:
        """Whether `text` is nothing, or parts to the end of a word."""
        return not text or bool(self._fewest(text))

    def _fewest(self, text: str, *, of_several: bool = False) -> tuple[str, ...]:
        """The terms of the fewest parts that make `text` to the end of a word, at most one less than of a whole word;
        () where there are none. Of equally few the ones with the longest first part. A text `of_several` parts is no
        part itself.
        """
        memory = self._known_parts if of_several else self._known_ends
        known = memory.get(text)
        if known is None:
            known = memory[text] = self._split(text, of_several)
        return known

    def _split(self, text: str, of_several: bool) -> tuple[str, ...]:
        if not of_several and (term := self._terms.get(text) or self._terms.get(self._stem(text))):
            return (term,)  # the last part may be another form of a word
        best: tuple[str, ...] = ()
        most = _MOST_PARTS if of_several else _MOST_PARTS - 1
        for end in range(len(text) - SHORTEST, SHORTEST - 1, -1):
            if (term := self._terms.get(text[:end])) is None:
                continue
            for link in self._links:
                if text.startswith(link, end) and len(text) >= end + len(link) + SHORTEST:
                    others = self._fewest(text[end + len(link) :])
                    if others and len(others) < (len(best) - 1 if best else most):
                        best = (term, *others)
            if len(best) == 2:
                break
        return best


class _Memory(dict[str, Known]):
    """A cache of what was found, emptied when it becomes too much. A cached method would keep the object, and through
    its frequencies the segments' files, until a garbage collection.
    """

    def __setitem__(self, key: str, value: Known) -> None:
        if len(self) >= _REMEMBERED:
            self.clear()
        super().__setitem__(key, value)


def _folded_stem(language: str) -> Callable[[str], str]:
    return lambda word: fold(stem_function(language)(word)) or word  # each thread has a stemmer of its own


def _common_beginning(one: str, other: str) -> str:
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return one[:same]
