"""Where text stands in its file: from the locators of a document to the pages, lines, ... of a span, and to words.

The places of a hit are those of its passage, those of a snippet are its own: each stretch of text that is handed out
says where it stands itself.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from typing import get_args

from engine.types import Locator, LocatorKind, Place

KINDS: tuple[LocatorKind, ...] = get_args(LocatorKind)
STRIDE = 16_384  # code points after which counting begins again: what a line's number costs to tell
_LONGEST_NUMBER = 12  # digits

# For one place, and for the first and the last of several. Of several kinds a person is told the first of these.
_WORDS: Mapping[LocatorKind, tuple[str, str]] = {
    "page": ("page {0}", "pages {0}-{1}"),
    "slide": ("slide {0}", "slides {0}-{1}"),
    "sheet": ("sheet {0}", "sheets {0} to {1}"),
    "time": ("at {0}", "at {0}-{1}"),
    "message": ("message {0}", "messages {0} to {1}"),
    "line": ("line {0}", "lines {0}-{1}"),
    "anchor": ("#{0}", "#{0} to #{1}"),
}
_ROWS = ("row {0}", "rows {0}-{1}")  # the lines of a sheet


def places_of(text: str, locators: Sequence[Locator], start: int, end: int) -> tuple[Place, ...]:
    """The places of `text[start:end]`, less the white space around it, in the order of KINDS; of the kinds that are
    told there. `locators` are sorted by `start`.
    """
    return next(places_of_each(text, locators, [(start, end)]))


def places_of_each(
    text: str, locators: Sequence[Locator], spans: Iterable[tuple[int, int]]
) -> Iterator[tuple[Place, ...]]:
    """`places_of` each span in turn, in one pass over the locators; `spans` are sorted by where they start.

    A sheet has rows of its own: where it begins, the line that was noted before ends.
    """
    before: dict[LocatorKind, Locator] = {}  # in force where the span starts
    passed = 0
    for span in spans:
        start, end = _trimmed(text, *span)
        while passed < len(locators) and locators[passed].start <= start:
            before[locators[passed].kind] = locators[passed]
            passed += 1
        known = {kind: one for kind, one in before.items() if kind != "line" or not _ends(before.get("sheet"), one)}
        first, last, place, lines_end = dict(known), dict(known), passed, end
        while place < len(locators) and locators[place].start < end:
            one = locators[place]
            if first.get(one.kind, one).start == one.start:  # of an empty page and the next one, the next
                first[one.kind] = one
            last[one.kind] = one
            if one.kind == "line":
                lines_end = end
            elif one.kind == "sheet" and lines_end == end and "line" in last and _ends(one, last["line"]):
                lines_end = one.start - 1
            place += 1
        yield tuple(
            Place(
                kind,
                _value(text, first[kind], start),
                _value(text, last[kind], lines_end if kind == "line" else end),
            )
            for kind in KINDS
            if kind in first
        )


def in_words(places: Iterable[Place]) -> str:
    """The places for a person, such as "pages 47-48", "sheet Budget, rows 3-9" or "#install"; "" where there is none.

    Of several kinds one is told: who opens a file at page 47 needs no line. A row makes a single sheet more exact.
    """
    found = {place.kind: place for place in places}
    for kind, words in _WORDS.items():
        if (place := found.get(kind)) is None:
            continue
        told = _word(place, words)
        if kind == "sheet" and "line" in found and place.first == place.last:
            return f"{told}, {_word(found['line'], _ROWS)}"
        return told
    return ""


def counting_lines(text: str, start: int, end: int, first: int) -> Iterator[Locator]:
    """Locators of the lines of `text[start:end]`, which has the line breaks of its file and begins at line `first`."""
    for place in range(start, end, STRIDE):
        yield Locator(place, "line", str(first), counting=True)
        first += text.count("\n", place, place + STRIDE)


def thinned(text: str, locators: Sequence[Locator]) -> tuple[Locator, ...]:
    """The same places by fewer locators: where the lines of the text are those of the file, one stands for many."""
    lines = [locator for locator in locators if locator.kind == "line"]
    sheets = [locator.start for locator in locators if locator.kind == "sheet"]
    follows = [
        False,
        *(
            _follows(text, one, other) and bisect(sheets, one.start) == bisect(sheets, other.start)
            for one, other in pairwise(lines)
        ),
        False,
    ]
    ends = [*(line.start for line in lines[1:]), len(text)]
    kept = [locator for locator in locators if locator.kind != "line"]
    since = 0
    for place, line in enumerate(lines):
        goes_on = follows[place + 1]
        if not follows[place] or line.start - since >= STRIDE:
            kept.append(replace(line, counting=line.counting or goes_on))
            since = line.start
        elif not goes_on and "\n" in text[line.start : ends[place]].rstrip():
            kept.append(line)  # here counting ends
    return tuple(sorted(kept, key=attrgetter("start")))


def fit(locators: Sequence[Locator], length: int) -> bool:
    """Whether these may be the locators of a text of so many code points."""
    starts = [0, *(locator.start for locator in locators), length]
    return all(one <= other for one, other in pairwise(starts)) and all(
        one.kind in KINDS and one.value and (not one.counting or _is_number(one)) for one in locators
    )


def _ends(sheet: Locator | None, line: Locator) -> bool:
    return sheet is not None and line.start < sheet.start


def _follows(text: str, line: Locator, other: Locator) -> bool:
    """Whether `other` is what counting from `line` would give: nothing but line breaks stands between the two lines."""
    if line.counting or other.counting or not (_is_number(line) and _is_number(other)):
        return False
    breaks = int(other.value) - int(line.value)
    return (
        0 < breaks <= other.start - line.start
        and text.count("\n", line.start, other.start) == breaks
        and text.endswith("\n" * breaks, line.start, other.start)
    )


def _is_number(locator: Locator) -> bool:
    value = locator.value
    return locator.kind == "line" and len(value) <= _LONGEST_NUMBER and value.isdecimal() and value == str(int(value))


def _value(text: str, locator: Locator, place: int) -> str:
    """The locator's value for a place at or after it."""
    if not locator.counting:
        return locator.value
    return str(int(locator.value) + text.count("\n", locator.start, place))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at its ends; an empty one where it has nothing else."""
    span = text[start:end]
    if not span.strip():
        return start, start
    return start + len(span) - len(span.lstrip()), start + len(span.rstrip())


def _word(place: Place, words: tuple[str, str]) -> str:
    one, several = words
    if place.first == place.last:
        return one.format(place.first)
    if place.first.isdecimal() and place.last.isdecimal() and int(place.first) > int(place.last):
        several = several.replace("-", " and ")
    return several.format(place.first, place.last)
