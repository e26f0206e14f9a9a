"""A snippet as lines to be shown, each in pieces that are marked or not: the terminal and the page show the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.types import Snippet

_SHORT = 40  # code points of a line that was not wrapped but ended: a heading, a verse
_ITEM = re.compile(r"\s*(?:[-*+•]|\(?\w{1,3}[.)])\s")
_OPENERS = (":", "{", "(", "[", "=", ",", "do", "then", ">")  # ends of a line that goes on a step further in
_CLOSERS = ("}", ")", "]", "end")
_SPACE = re.compile(r"\s+")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    marked: bool = False


Line = tuple[Piece, ...]


def lines(snippet: Snippet) -> list[Line]:
    """The snippet's lines with an ellipsis where it is cut: code keeps its shape, but for the indentation that all its
    lines have, and wrapped sentences flow.
    """
    flows = snippet.kind != "code"
    spans = list(_spans(snippet))
    found: list[Line] = []
    for start, end in spans if flows else _dedented(snippet.text, spans):
        line = pieces(snippet.text, snippet.marks, start, end)
        found.append(tuple(Piece(_SPACE.sub(" ", piece.text), piece.marked) for piece in line) if flows else line)
    if found and snippet.before:
        found[0] = (Piece("… "), *found[0])
    if found and snippet.after:
        found[-1] = (*found[-1], Piece(" …"))
    return found


def pieces(text: str, marks: Sequence[Span], start: int = 0, end: int | None = None) -> Line:
    """text[start:end], cut where marks begin and end. `marks` are sorted and do not overlap."""
    end = len(text) if end is None else end
    inside = [(max(low, start), min(high, end)) for low, high in marks if low < end and high > start]
    edges = [start, *(edge for span in inside for edge in span), end]
    return tuple(
        Piece(text[low:high], marked=place % 2 == 1) for place, (low, high) in enumerate(pairwise(edges)) if low < high
    )


def _spans(snippet: Snippet) -> Iterator[Span]:
    """Where each line to be shown lies: lines of the text, but that wrapped ones are one."""
    text, start, low = snippet.text, 0, 0
    while low <= len(text):
        end = text.find("\n", low)
        end = len(text) if end < 0 else end
        following = text[end + 1 : end + 1 + _SHORT]
        wrapped = (
            snippet.kind == "prose"
            and end - low >= _SHORT
            and following.split("\n")[0].strip() != ""
            and not _ITEM.match(following)
        )
        if end == len(text) or not wrapped:
            if text[start:end].strip():
                yield (start if snippet.kind == "code" else start + _blanks(text[start:end])), end
            start = end + 1
        low = end + 1


def _dedented(text: str, spans: Sequence[Span]) -> list[Span]:
    """Lines of code without the indentation that they share. A passage has lost that of its first line: where that line
    opens what follows, it stands a step before it.
    """
    if not spans:
        return []
    indents = [_blanks(text[start:end]) for start, end in spans]
    (first, end), rest = spans[0], indents[1:]
    if indents[0] or not rest:
        shared = min(indents)
        return [(start + shared, end) for start, end in spans]
    shared = min(rest)
    closed = any(text.startswith(_CLOSERS, start + shared) for start, _ in spans[1:])
    if shared and not closed and text[first:end].rstrip().endswith(_OPENERS):
        second = text[slice(*spans[1])]
        shared -= 1 if second.startswith("\t") else next(step for step in (4, 2, shared) if shared % step == 0)
    return [(first, end), *((start + shared, end) for start, end in spans[1:])]


def _blanks(text: str) -> int:
    return len(text) - len(text.lstrip())
