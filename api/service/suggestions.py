"""Completions of what somebody types: titles and words of titles, read once per generation.

The lexical index holds stems, which nobody would want to be offered; so words come from the titles as written.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections import Counter, OrderedDict
from dataclasses import dataclass

from engine.store.generation import Generation

TITLES = 200_000  # titles read of a collection: reading them takes some tens of milliseconds per 10,000
KEPT = 16  # collections whose completions stay in memory
_LONGEST = 200  # code points of a completion
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class _Completions:
    """Folded texts in order, and for each the text as written and how often it occurs."""

    folded: list[str]
    written: list[tuple[str, int]]

    def beginning_with(self, prefix: str) -> list[tuple[str, int]]:
        low = bisect_left(self.folded, prefix)
        high = bisect_left(self.folded, prefix + "\U0010ffff")
        return self.written[low:high]


class Suggestions:
    """Completions of the collections asked for lately. Safe under threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[int, _Completions]] = OrderedDict()  # by UUID

    def complete(self, generation: Generation, prefix: str, limit: int) -> list[str]:
        """Completions, at most `limit`, most frequent first, then shortest; none for a blank prefix."""
        folded = " ".join(prefix.casefold().split())
        if not folded:
            return []
        found = self._of(generation).beginning_with(folded)
        best = sorted(found, key=lambda entry: (-entry[1], len(entry[0]), entry[0]))
        return [text for text, _ in best[:limit]]

    def _of(self, generation: Generation) -> _Completions:
        uuid = generation.manifest.uuid
        with self._lock:
            known = self._known.get(uuid)
            if known is None or known[0] != generation.number:
                known = (generation.number, _read(generation))
                self._known[uuid] = known
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(uuid)
            return known[1]


def _read(generation: Generation) -> _Completions:
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for title in _titles(generation):
        for text in {title, *_WORD.findall(title)}:
            folded = text.casefold()
            if len(folded) <= _LONGEST:
                counts[folded] += 1
                written.setdefault(folded, text)
    folded_texts = sorted(counts)
    return _Completions(folded_texts, [(written[text], counts[text]) for text in folded_texts])


def _titles(generation: Generation) -> list[str]:
    return [text for title in generation.contents.titles(TITLES) if (text := " ".join(title.split()))]
