"""Passages as pieces of text, marked or not: templates escape each, so that no markup is ever made here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from engine.types import Hit

LENGTH = 440  # code points of an excerpt
_BEFORE = 110  # of them, at most, before the first mark
_GAP = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?…。!?])\s+|\n{2,}")
_SPACE = re.compile(r"\s+")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Part of a passage: `before` and `after` say whether more of it lies there."""

    pieces: tuple[Piece, ...]
    before: bool
    after: bool


def excerpt(hit: Hit) -> Excerpt:
    """The stretch of a hit's passage with the most marks, or what the reranker judged best where nothing is marked."""
    text, low = hit.chunk.text, _after_heading(hit)
    start, end = _stretch(text, low, [mark for mark in hit.highlights if mark[0] >= low], hit.evidence)
    found = tuple(replace(piece, text=_GAP.sub("\n", piece.text)) for piece in pieces(text, hit.highlights, start, end))
    return Excerpt(found, start > low, bool(text[end:].strip()))


def whole(hit: Hit) -> tuple[Piece, ...]:
    """All of a hit's passage but a heading that stands above it anyway."""
    return pieces(hit.chunk.text, hit.highlights, _after_heading(hit))


def pieces(text: str, marks: Sequence[Span], start: int = 0, end: int | None = None) -> tuple[Piece, ...]:
    """text[start:end], cut where marks begin and end. `marks` are sorted and do not overlap."""
    end = len(text) if end is None else end
    inside = [(max(low, start), min(high, end)) for low, high in marks if low < end and high > start]
    edges = [start, *(edge for span in inside for edge in span), end]
    return tuple(
        Piece(text[low:high], marked=place % 2 == 1) for place, (low, high) in enumerate(pairwise(edges)) if low < high
    )


def _after_heading(hit: Hit) -> int:
    """Where the passage goes on after a first line that only repeats the document's title or the last heading."""
    first, _, rest = hit.chunk.text.partition("\n")
    repeated = first.strip() in {hit.document.title.strip(), *(heading.strip() for heading in hit.chunk.headings[-1:])}
    return len(hit.chunk.text) - len(rest.lstrip()) if repeated and rest.strip() else 0


def _stretch(text: str, low: int, marks: Sequence[Span], evidence: Span | None) -> Span:
    if len(text) - low <= LENGTH * 1.25:
        return low, len(text)
    first = _densest(marks, low) if marks else max(low, evidence[0]) if evidence else low
    start = _sentence_start(text, low, first)
    end = min(len(text), start + LENGTH)
    if end < len(text):
        end = next((at for at in range(end, max(first, end - 40), -1) if text[at].isspace()), end)
    return start, end


def _densest(marks: Sequence[Span], least: int) -> int:
    """The passage's beginning, or the mark after which more marks follow within an excerpt; the first of equals."""
    room = LENGTH - _BEFORE

    def company(start: int) -> int:
        return sum(start <= low and high <= start + room for low, high in marks)

    return max((least, *(start for start, _ in marks)), key=lambda start: (company(start), -start))


def _sentence_start(text: str, least: int, first: int) -> int:
    """The beginning of the sentence that holds `first`, or of a word if that lies too far back."""
    low = max(least, first - _BEFORE)
    starts = [low + match.end() for match in _SENTENCE.finditer(text[low:first])]
    if starts:
        return starts[-1]
    if low == least:
        return least
    space = _SPACE.search(text, low, first)
    return space.end() if space else low
