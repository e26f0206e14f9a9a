"""Which of many words hold some letters: an index of every three letters that stand side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHORTEST = 3  # letters that are looked for
_BUCKETS = 1 << 16  # of 16 bits, by which NumPy sorts in linear time


class Substrings:
    """Words that are asked for their letters. Immutable, so safe under threads."""

    def __init__(self, words: Sequence[str]) -> None:
        self._letters = _letters("\n".join(words))
        self._starts = np.cumsum([0, *(len(word) + 1 for word in words[:-1])])[: len(words)]
        buckets = _buckets(self._letters)
        self._order = np.argsort(buckets, kind="stable").astype(np.int32)  # places in the letters, by bucket
        self._ends = np.cumsum(np.bincount(buckets, minlength=_BUCKETS))

    def holding(self, letters: str) -> list[int]:
        """The places of the words that hold `letters`, three or more, ascending."""
        wanted = _letters(letters)
        if len(wanted) < SHORTEST or not len(self._starts):
            return []
        buckets = _buckets(wanted)
        sizes = [self._ends[bucket] - self._begin(bucket) for bucket in buckets]
        rarest = int(np.argmin(sizes))
        places = self._order[self._begin(buckets[rarest]) : self._ends[buckets[rarest]]] - rarest
        places = places[(places >= 0) & (places + len(wanted) <= len(self._letters))]
        for offset, letter in enumerate(wanted):
            places = places[self._letters[places + offset] == letter]
        words: list[int] = np.unique(np.searchsorted(self._starts, places, side="right") - 1).tolist()
        return words

    def _begin(self, bucket: np.uint16) -> int:
        return int(self._ends[bucket - 1]) if bucket else 0


def _letters(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _buckets(letters: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """A number for each three letters side by side, the same for the same letters."""
    mixed = letters[:-2] * np.uint32(961) + letters[1:-1] * np.uint32(31) + letters[2:]
    return (mixed % np.uint32(65_521)).astype(np.uint16)
