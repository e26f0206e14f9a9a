"""Typos: the word of the collection that a word which occurs nowhere was most probably meant to be.

Distances are those of optimal string alignment, where two letters that changed places count once (RapidFuzz). Whether
a word occurs nowhere is not asked here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

SHORTEST = 4  # letters of a word that is corrected: any shorter one is near too many
LONG = 12  # letters from which on two errors are likelier than another word
_LOOKED_AT = 32  # nearest words that are looked at


class Speller:
    """Words with how often each occurs. Safe under threads."""

    def __init__(self, vocabularies: Iterable[Mapping[str, int]]) -> None:
        self._counts: Counter[str] = Counter()
        for vocabulary in vocabularies:
            self._counts.update(vocabulary)
        self._alike: dict[tuple[int, str], list[str]] = defaultdict(list)  # by length and first letter
        for word in self._counts:
            self._alike[len(word), word[0]].append(word)
        self._firsts = sorted({first for _, first in self._alike})

    def correct(self, word: str, occurs: Callable[[str], bool]) -> str | None:
        """The nearest word for which `occurs` holds; the first letter, then the frequency decide between equally near
        ones. Nobody takes another first letter by mistake: "backers" are no "hackers". None for what is no typo.
        """
        if len(word) < SHORTEST or not word.isalpha():
            return None
        near = [
            (distance, choice[0] != word[0], -self._counts[choice], choice)
            for choice, distance in (*self._near(word), *self._without_first(word))
        ]
        return next((choice for *_, choice in sorted(near) if occurs(choice)), None)

    def _near(self, word: str) -> Iterator[tuple[str, int]]:
        """Words as near as a typo, and how near; those with another first letter only where it was put in or moved."""
        from rapidfuzz import process  # here: few questions hold a word that occurs nowhere
        from rapidfuzz.distance import OSA

        most = 2 if len(word) >= LONG else 1
        for length in range(len(word) - most, len(word) + most + 1):
            for first in {word[0], word[1]}:
                choices = self._alike.get((length, first), ())
                found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=most, limit=_LOOKED_AT)
                for choice, distance, _ in found:
                    if _is_another(word, choice):
                        continue
                    if choice[0] == word[0] or choice in (word[1:], word[1::-1] + word[2:]):
                        yield choice, int(distance)

    def _without_first(self, word: str) -> Iterator[tuple[str, int]]:
        """Words whose first letter was left out."""
        return ((first + word, 1) for first in self._firsts if first + word in self._counts)


def _is_another(word: str, choice: str) -> bool:
    """Whether a letter of a shortest word is exchanged: so do the forms of one verb differ ("abrí", "abre")."""
    return len(word) == len(choice) == SHORTEST and sorted(word) != sorted(choice)
