"""A document as it is read: its text in runs, with headings, matches, pages and the passage that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from api.service.documents import ReadDocument
from engine.text.places import in_words
from engine.types import Locator, Place

_LEAVES = ("page", "slide", "sheet")  # kinds of places at which a reader turns over
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that is all of one kind. `match` numbers those that the query looked for, from 1; `begins` is
    false for the rest of a match that something else cuts in two. `leaf` names the page that begins here.
    """

    text: str
    match: int | None = None
    begins: bool = True
    leaf: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Runs that stand in one heading, or in none; inside of the passage that was asked for, or outside."""

    runs: tuple[Run, ...]
    heading: int | None
    depth: int
    in_passage: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the outline; `number` is that of its heading, from 1."""

    text: str
    number: int
    depth: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A document, ready for its template."""

    blocks: tuple[Block, ...]
    outline: tuple[Entry, ...]
    matches: int


def reading(document: ReadDocument, passage: Span | None) -> Reading:
    """The document's text in blocks."""
    text = document.document.text
    spans = [span for span, _ in document.headings]
    leaves = _leaves(document.locators, len(text))
    edges = {0, len(text), *leaves, *(edge for span in (*document.matches, *spans) for edge in span), *(passage or ())}
    pieces = _pieces(sorted(edges), document.matches, spans, passage)
    blocks = []
    for (heading, inside), group in groupby(pieces, key=lambda piece: piece[2:]):
        runs = tuple(
            Run(text[start:end], match, match is None or start == document.matches[match - 1][0], leaves.get(start, ""))
            for (start, end), match, _, _ in group
        )
        depth = 0 if heading is None else document.headings[heading - 1][1]
        blocks.append(Block(runs, heading, depth, inside))
    outline = [Entry(text[slice(*span)], at, depth) for at, (span, depth) in enumerate(document.headings, start=1)]
    return Reading(tuple(blocks), tuple(outline), len(document.matches))


def by_passage(blocks: Sequence[Block]) -> list[tuple[bool, list[Block]]]:
    """The blocks before the passage, those of it, those after it."""
    return [(inside, list(group)) for inside, group in groupby(blocks, key=lambda block: block.in_passage)]


def _pieces(
    edges: Sequence[int], matches: Sequence[Span], headings: Sequence[Span], passage: Span | None
) -> Iterator[tuple[Span, int | None, int | None, bool]]:
    """The span between each two edges, with the match and the heading that it lies in, and whether in the passage."""
    match, heading = _Cursor(matches), _Cursor(headings)
    for start, end in pairwise(edges):
        inside = passage is not None and passage[0] <= start and end <= passage[1]
        yield (start, end), match.at(start), heading.at(start), inside


class _Cursor:
    """Which of some sorted spans a place lies in, asked for in order."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans, self._next = spans, 0

    def at(self, place: int) -> int | None:
        while self._next < len(self._spans) and self._spans[self._next][1] <= place:
            self._next += 1
        found = self._next < len(self._spans) and self._spans[self._next][0] <= place
        return self._next + 1 if found else None


def _leaves(locators: Sequence[Locator], length: int) -> dict[int, str]:
    """Where each page begins, and its name."""
    return {
        one.start: in_words([Place(one.kind, one.value, one.value)])
        for one in locators
        if one.kind in _LEAVES and one.start < length
    }
