"""A chunk's context: what precedes its text when it is embedded, indexed and reranked, but is not shown as text."""

from __future__ import annotations

from collections.abc import Sequence

SEPARATOR = " > "


def context(title: str, headings: Sequence[str], header: str = "") -> str:
    """The document's title and the heading path, each part once: "Title > Section > Subsection"; on a line of its own
    the header of the table that the chunk begins inside of.
    """
    parts: list[str] = []
    for part in (title, *headings):
        cleaned = " ".join(part.split())
        if cleaned and cleaned not in parts:
            parts.append(cleaned)
    path = SEPARATOR.join(parts)
    return f"{path}\n{header}" if path and header else path or header


def with_context(prefix: str, text: str) -> str:
    """The text that a model reads of a chunk: its context, then its text."""
    return f"{prefix}\n{text}" if prefix else text
