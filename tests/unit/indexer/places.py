"""Where words of a parsed document stand in its file."""

from __future__ import annotations

import re

from engine.text.places import in_words, places_of
from engine.types import LocatorKind
from indexer.parsers.base import Parsed


def place_of(parsed: Parsed, words: str, kind: LocatorKind = "line") -> str:
    """The value of the locator in force where `words` begin, which must be in the text."""
    start = parsed.text.index(words)
    return [locator.value for locator in parsed.locators if locator.kind == kind and locator.start <= start][-1]


def told(parsed: Parsed, words: str) -> str:
    """The place of the first occurrence of `words`, as a person is told."""
    start = parsed.text.index(words)
    return in_words(places_of(parsed.text, parsed.locators, start, start + len(words)))


def headings(parsed: Parsed) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in parsed.headings]


def assert_lines_hold_their_words(parsed: Parsed, data: bytes) -> None:
    """Every word of the text stands in the line of the file that its locator names."""
    lines = data.decode().split("\n")
    for word in re.finditer(r"\w+", parsed.text):
        number = [
            locator.value for locator in parsed.locators if locator.kind == "line" and locator.start <= word.start()
        ]
        assert word[0] in lines[int(number[-1]) - 1], (word[0], number[-1])
