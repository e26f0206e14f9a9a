"""Nouns written in one word ("Krankenversicherungsbeitrag"), told apart by the words of the collection itself.

    a word is found inside others     Beitrag  ->  Krankenversicherungsbeitrag, Beitragssatz
    a compound is made of words       Krankenversicherungsbeitrag  ->  Krankenversicherung, Beitrag

Both are asked when a query is read: documents are indexed as they stand, and an answer does not depend on which
segment a word came with. A split uses up the whole word: each part is a word of the collection, or the stem of one
("Schule": Schul|buch), and a linking element may follow it. After Koehn and Knight, "Empirical Methods for Compound
Splitting" (2003, https://aclanthology.org/E03-1076); of several splits the one of the fewest parts counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate

from engine.lexical.function_words import function_words
from engine.lexical.stemmers import stem_function
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
SHORTEST = 3  # letters of a part
MOST = 128  # compounds that one word is looked for in: the most frequent ones
_MOST_PARTS = 4  # of one split: nearly any word can be put together of more
_SHORTEST_WHOLE = 7  # letters of a compound
_TELLING = 5  # letters of a stem that hardly stands in a word by chance
_BOUND = ("ungs", "heits", "keits", "schafts", "ions", "tats")  # what only a part that others follow ends with
_SMALL = 4000  # words of a collection that lacks many, and in which few stand in others by chance
_OTHER = 4  # letters of a part that the collection lacks as a word
_REMEMBERED = 1 << 14
_LONGEST_ENDING = 7  # letters that a form of a word has beyond its stem

# What words begin or end with in these languages, and texts have as words or abbreviations, too: "Ver|arbeitung",
# "Rech|nung" and "Arbeit|er" are no compounds.
_AFFIXES = """
    aus auf bei der dem den des die ein emp ent her hin los miss mit nach vor weg zer ver zum zur bar haft heit
    isch keit lich sam schaft tum ung nung tion ion ten ben gen ken len ler ner ren ret sen ter ger innen loos
    heid ing ling ont toe mis opp ned upp for til fra und het else ning tet lla ssa sta lle"""


class ClosedCompounds:
    """The compounds of a collection in one language of LINKS. Safe under threads.

    `vocabulary` are the collection's words as written, in lower case; `frequency` says how many living passages hold
    a term, so that what only deleted documents had is no part.
    """

    def __init__(self, vocabulary: Collection[str], language: str, frequency: Callable[[str], int]) -> None:
        self._links = LINKS[language]
        self._stem = lru_cache(1 << 14)(_folded_stem(language))
        self._frequency = lru_cache(1 << 14)(frequency)
        self._no_parts = no_parts = frozenset(_AFFIXES.split()).union(
            map(fold, function_words(list(vocabulary), [language]))
        )
        self._terms: dict[str, str] = {}  # of the parts: words, folded, and their stems
        for word in vocabulary:
            term = self._stem(word)
            for part in {fold(word), term} - no_parts if fold(word) not in no_parts else ():
                if len(part) >= SHORTEST:
                    self._terms[part] = term
        self._is_small = len(vocabulary) < _SMALL
        long = {fold(word): self._stem(word) for word in vocabulary if len(word) >= _SHORTEST_WHOLE}
        self._words, self._word_terms = list(long), list(long.values())
        self._text = "\n".join(self._words)
        self._starts = list(accumulate((len(word) + 1 for word in self._words), initial=0))
        self._known_holding, self._known_parts = _Memory(), _Memory()

    def holding(self, word: str) -> tuple[str, ...]:
        """The terms of the compounds that `word` is a part of, the most frequent first. None is in no passage."""
        known = self._known_holding.get(word)
        if known is None:
            term, whole = self._stem(word), fold(word)
            root = _common_beginning(term, whole)  # the Dutch stem of "verzekering" is "verzekeer"
            found = {
                self._word_terms[at]
                for at in self._places(root)
                if self._has_part(self._words[at], root, term)
                or (self._is_small and self._is_at_end(self._words[at], whole))
            }
            living = sorted((-self._frequency(one), one) for one in found - {term} if self._frequency(one))
            known = self._known_holding[word] = tuple(one for _, one in living[:MOST])
        return known

    def parts(self, word: str) -> tuple[str, ...]:
        """The terms of the fewest words that `word` is made of; () where it is no compound."""
        whole = fold(word)
        if len(whole) < _SHORTEST_WHOLE:
            return ()
        known = self._known_parts.get(whole)
        if known is None:
            splits = (self._splits(whole, most, whole) for most in range(2, _MOST_PARTS + 1))
            known = self._known_parts[whole] = next((tuple(split) for found in splits for split in found), ())
        return known

    def knows(self, word: str) -> bool:
        """Whether a word is a part of others, or made of others."""
        return bool(self.holding(word) or self.parts(word))

    def _places(self, root: str) -> Iterator[int]:
        """The long words that hold the letters of `root` and more."""
        at = self._text.find(root) if len(root) >= SHORTEST else -1
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            if len(self._words[place]) >= len(root) + SHORTEST:
                yield place
            at = self._text.find(root, self._starts[place + 1])

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
        cut = (text.removesuffix(link) for link in self._links if text.endswith(link))
        return any(self._can_follow(one) for one in cut if one)

    def _can_follow(self, text: str) -> bool:
        """Whether `text` is nothing, or parts to the end of a word."""
        return not text or any(True for _ in self._splits(text, _MOST_PARTS - 1))

    def _splits(self, text: str, most: int, whole: str = "") -> Iterator[list[str]]:
        """The terms of at most `most` parts that make `text`, the longest first part first; `whole` is no part."""
        for end in range(len(text), SHORTEST - 1, -1):
            term = self._part(text[:end], last=end == len(text))
            if term is None or text[:end] == whole:
                continue
            if end == len(text):
                yield [term]
            elif most > 1:
                rests = (text[end + len(link) :] for link in self._links if text.startswith(link, end))
                yield from ([term, *others] for rest in rests if rest for others in self._splits(rest, most - 1, whole))

    def _part(self, piece: str, *, last: bool) -> str | None:
        """The term of a part that a living passage has; the last one may be another form of it."""
        term = self._terms.get(piece) or (self._terms.get(self._stem(piece)) if last else None)
        return term if term is not None and self._frequency(term) > 0 else None


class _Memory(dict[str, tuple[str, ...]]):
    """A cache of what was found, emptied when it becomes too much. A cached method would keep the object, and through
    its frequencies the segments' files, until a garbage collection.
    """

    def __setitem__(self, key: str, value: tuple[str, ...]) -> None:
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
