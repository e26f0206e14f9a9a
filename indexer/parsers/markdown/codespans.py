"""Where Markdown has code: what looks like markup of a site generator there is text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}(?=[^`]*$)|~{3,})")
_CLOSE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*")
_CLOSE_INDENT = 3  # columns that the end of a fence may stand to the right of its beginning
_INDENTED = re.compile(r"(?: {4}|\t)")
_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
_RUN = re.compile(r"`+")


class CodeSpans:
    """The spans of a Markdown text that are code: fences, spans between backticks and, but in MDX, indented blocks."""

    def __init__(self, text: str, indented: bool = True) -> None:
        spans = sorted(_spans(text, indented))
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def __contains__(self, position: object) -> bool:
        """Whether a place in the text, in code points, is inside code."""
        if not isinstance(position, int):
            return False
        place = bisect_right(self._starts, position) - 1
        return place >= 0 and position < self._ends[place]


def _spans(text: str, by_indent: bool) -> Iterator[tuple[int, int]]:
    """Blocks of code, and in the paragraphs between them spans between backticks."""
    position = paragraph = 0
    fence, fence_start, column, blank, listed = "", 0, 0, True, False
    for line in text.split("\n"):
        end = position + len(line)
        closing = _CLOSE.fullmatch(line) if fence else None
        opening = None if fence else _FENCE.match(line)
        if closing and closing[1].startswith(fence) and closing.start(1) <= column + _CLOSE_INDENT:
            yield fence_start, end
            fence, paragraph, blank = "", end, False
        elif opening:
            yield from _inline(text, paragraph, position)
            fence, fence_start, column = opening[1], position, opening.start(1)
        elif not fence:
            if line.strip() and not line[0].isspace():
                listed = _ITEM.match(line) is not None
            # in a list it is the item's own
            indented = by_indent and blank and not listed and _INDENTED.match(line) is not None
            if not line.strip() or indented:
                yield from _inline(text, paragraph, position)
                paragraph = end
            if indented:
                yield position, end
            blank = indented or not line.strip()
        position = end + 1
    if fence:
        yield fence_start, len(text)
    else:
        yield from _inline(text, paragraph, len(text))


def _inline(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Spans between runs of backticks of one length."""
    runs = [(run.start(), run.end()) for run in _RUN.finditer(text, start, end)]
    later: dict[int, list[int]] = {}
    for index in reversed(range(len(runs))):
        later.setdefault(runs[index][1] - runs[index][0], []).append(index)
    index = 0
    while index < len(runs):
        same = later[runs[index][1] - runs[index][0]]
        while same and same[-1] <= index:
            same.pop()
        if same:
            yield runs[index][0], runs[same[-1]][1]
            index = same[-1]
        index += 1
