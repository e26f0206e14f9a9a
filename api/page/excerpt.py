"""A hit's whole passage as pieces of text, marked or not: templates escape each, so that no markup is made here."""

from __future__ import annotations

from api.snippets import Line, pieces
from engine.types import Hit


def whole(hit: Hit) -> Line:
    """The whole passage of a hit but a heading that stands above it anyway."""
    return pieces(hit.chunk.text, hit.highlights, _after_heading(hit))


def _after_heading(hit: Hit) -> int:
    """Where the passage goes on after a first line that only repeats the document's title or the last heading."""
    first, _, rest = hit.chunk.text.partition("\n")
    repeated = first.strip() in {hit.document.title.strip(), *(heading.strip() for heading in hit.chunk.headings[-1:])}
    return len(hit.chunk.text) - len(rest.lstrip()) if repeated and rest.strip() else 0
