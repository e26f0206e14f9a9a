"""Typos: the word of the collection that a word which occurs nowhere was most probably meant to be.

Distances are those of optimal string alignment, where two letters that changed places count once (RapidFuzz). Whether
a word occurs nowhere is not asked here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4  # letters of a word that is corrected: any shorter one is near too many
LONG = 9  # letters from which on two errors are likelier than another word
_LOOKED_AT = 32  # nearest words that are looked at


class Speller:
    """Words with how often each occurs. Safe under threads."""

    def __init__(self, vocabularies: Iterable[Mapping[str, int]]) -> None:
        self._counts: Counter[str] = Counter()
        for vocabulary in vocabularies:
            self._counts.update(vocabulary)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._counts:
            self._by_length[len(word)].append(word)

    def correct(self, word: str, occurs: Callable[[str], bool]) -> str | None:
        """The nearest word for which `occurs` holds; the first letter, then the frequency decide between equally near
        ones. Nobody takes another first letter by mistake: "backers" are no "hackers". None for what is no typo.
        """
        if len(word) < SHORTEST or not word.isalpha():
            return None
        most = 2 if len(word) >= LONG else 1
        near = [
            (int(distance), choice[0] != word[0], -self._counts[choice], choice)
            for length in range(len(word) - most, len(word) + most + 1)
            for choice, distance, _ in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most, limit=_LOOKED_AT
            )
            if choice[0] == word[0] or len(choice) != len(word) or choice[:2] == word[1::-1]
        ]
        return next((choice for *_, choice in sorted(near) if occurs(choice)), None)
