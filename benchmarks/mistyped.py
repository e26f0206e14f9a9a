"""Queries with one typo each, made by a seed: what people type when they hurry."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

_WORD = re.compile(r"[A-Za-z]{5,}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def with_typos(queries: Mapping[str, str], seed: int) -> dict[str, str]:
    """Each query that has a word of five letters, with an error in one of these: a letter left out, doubled, replaced,
    added, or two that changed places. The first letter stays.
    """
    chance = random.Random(seed)  # noqa: S311  reproducible, not secret
    typed: dict[str, str] = {}
    for key, text in queries.items():
        words = list(_WORD.finditer(text))
        if words:
            word = chance.choice(words)
            typed[key] = text[: word.start()] + mistype(word[0], chance) + text[word.end() :]
    return typed


def mistype(word: str, chance: random.Random) -> str:
    """The word with one error."""
    while True:
        at = chance.randrange(1, len(word) - 1)
        letter = chance.choice(_LETTERS)
        found = chance.choice(
            [
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
        if found != word:
            return found
