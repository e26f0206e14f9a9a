"""Where a stored document holds what a query looks for: the same words, phrases and identifiers that snippets mark."""

from __future__ import annotations

from engine.lexical.query import parse_query
from engine.snippets.finding import find, wanted
from engine.store.generation import Generation
from engine.types import Document

LOOKED_AT = 500_000  # code points of a document: half a second on two busy cores
Span = tuple[int, int]


def matches(generation: Generation, document: Document, query: str) -> tuple[Span, ...]:
    """Spans of the document's text, in code points, sorted, apart."""
    if not query.strip():
        return ()
    read = parse_query(query, generation.languages, generation.manifest.metadata_schema)
    found = find(document.text[:LOOKED_AT], document.language, wanted(read, generation.statistics))
    spans: list[Span] = []
    for place in sorted([*found.words, *found.phrases, *found.identifiers]):
        if spans and place.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(place.end, spans[-1][1]))
        else:
            spans.append((place.start, place.end))
    return tuple(spans)


def headings(generation: Generation, place: tuple[int, int], text: str) -> tuple[tuple[Span, int], ...]:
    """The headings of the document in a row of a segment: where each stands in its text, and how deep, from 0.

    Passages know the path that they stand under and not where it was written: each is looked for as a line of its own.
    """
    found: list[tuple[Span, int]] = []
    above: tuple[str, ...] = ()
    at = 0
    rows = generation.chunk_rows(*place)
    generation.read_ahead(rows)
    for row in rows:
        _, chunk = generation.passage(row)
        fresh = [
            (text_, depth)
            for depth, text_ in enumerate(chunk.headings)
            if chunk.headings[: depth + 1] != above[: depth + 1]
        ]
        above = chunk.headings
        for heading, depth in [*fresh, *((inner, len(chunk.headings)) for inner in chunk.inside)]:
            start = _line(text, heading, at, chunk.end)
            if start is not None:
                found.append(((start, start + len(heading)), depth))
                at = start + len(heading)
    return tuple(found)


def _line(text: str, line: str, start: int, end: int) -> int | None:
    """Where `line` stands by itself in text[start:end]."""
    while line and (at := text.find(line, start, end)) >= 0:
        before, after = text[max(at - 1, 0) : at], text[at + len(line) : at + len(line) + 1]
        if before in ("", "\n", " ") and after in ("", "\n"):
            return at
        start = at + len(line)
    return None
