"""Sentences and rows that are too long for a snippet, in pieces: between clauses, else between words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from engine.snippets.layout import Unit

_CLAUSE = re.compile(r"[,;:)–—、，；：,؛](?=\s)|[、，；：]|\s\|(?=\s)")
_SPACE = re.compile(r"\s+")
_JOINERS = "\u200c\u200d"


def pieces(text: str, units: Iterable[Unit], length: int, row: int) -> list[Unit]:
    """`units`, of which none is longer than twice `length` code points, or `row` if it is one of a table."""
    found: list[Unit] = []
    for unit in units:
        if unit.end - unit.start <= (row if unit.kind == "table" else 2 * length):
            found.append(unit)
        else:
            found += _pieces(text, unit, length)
    return found


def word_end(text: str, start: int, most: int) -> int:
    """The last end of a word in `text[start:most]`; in a script without spaces, or a word without end, the last place
    where no character is torn apart.
    """
    if most >= len(text) or text[most].isspace() or text[most - 1 : most].isspace():
        return _stripped(text, start, most)
    word = most
    while word > start and not text[word - 1].isspace():
        word -= 1
    if word > start and (most - word < (most - start) // 2 or text[word:most].isascii()):
        return _stripped(text, start, word)
    while most - 1 > start and _continues(text[most]):
        most -= 1
    return most


def _pieces(text: str, unit: Unit, length: int) -> Iterator[Unit]:
    start, opens = unit.start, unit.opens
    while start < unit.end:
        end = unit.end if unit.end - start <= length else _piece_end(text, start, start + length)
        yield Unit(start, end, unit.kind, opens)
        space = _SPACE.match(text, end, unit.end)
        start, opens = space.end() if space else end, False


def _piece_end(text: str, start: int, most: int) -> int:
    """The last end of a clause in the second half of text[start:most], else of a word."""
    ends = [match.end() for match in _CLAUSE.finditer(text, start + (most - start) // 2, most)]
    return ends[-1] if ends else max(word_end(text, start, most), start + 1)


def _stripped(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def _continues(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return unicodedata.category(character).startswith("M") or character in _JOINERS
