"""Units of a passage for a snippet: sentences, rows of a table, lines, each with its place and kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.text.layout import Kind, prose_spans, stretches
from engine.text.lines import is_fence
from engine.text.tables import LONGEST_LINE, Span, is_delimiter
from engine.types import SnippetKind

_SHOWN_AS: dict[Kind, SnippetKind] = {
    "prose": "prose",
    "contents": "prose",
    "lines": "prose",
    "table": "table",
    "code": "code",
    "log": "code",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, row or line: [start, end) of the document's text. `opens` says that it begins there, and is not
    the rest of one.
    """

    start: int
    end: int
    kind: SnippetKind
    opens: bool = True


def units_of(text: str, start: int, end: int, marks: Sequence[int]) -> list[Unit]:
    """The units of `text[start:end]`, in order, trimmed, none empty; headings' marks and fences are none. `marks` are
    the `fences` of the whole text.
    """
    found: list[Unit] = []
    for stretch in stretches(text, start, end, marks):
        kind = _SHOWN_AS[stretch.kind]
        spans = _sentences(text, stretch.lines) if kind == "prose" else stretch.lines
        trimmed = [(at, at + len(text[at:stop].rstrip())) for at, stop in spans]
        found += [Unit(at, stop, kind, _opens(text, at, start)) for at, stop in trimmed if _shows(text[at:stop], kind)]
    return found


def _sentences(text: str, lines: list[Span]) -> Iterator[Span]:
    return prose_spans(text, lines[0][0], lines[-1][1])


def _shows(content: str, kind: SnippetKind) -> bool:
    """Whether a unit is more than the mark of a table or of code."""
    if not content.strip():
        return False
    return not (kind == "table" and is_delimiter(content)) and not (kind == "code" and is_fence(content))


def _opens(text: str, start: int, passage: int) -> bool:
    """Whether a unit begins at `start`: all but the first of a passage that was cut inside a sentence or row do."""
    if start > passage or start == 0:
        return True
    before = text[max(0, start - LONGEST_LINE) : start]
    return before.rstrip(" \t")[-1:] in ("", "\n", ".", "!", "?", "…", "。", "!", "?", ":", ";")
