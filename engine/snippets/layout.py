"""What a passage is made of: sentences, list items, rows of a table, lines of code, each with its place and kind.

The stored text is plain: cells of a row are separated by " | ", items begin with "- ", code keeps its lines. Raw
Markdown (from JSON lines or text files) is read as well: `|a|b|`, fences, numbered items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.text.sentences import sentence_spans

Kind = Literal["prose", "table", "code"]
Span = tuple[int, int]

_ROW = re.compile(r"\S \| |\S \|$|^\s*\|.*\|\s*$")
_DELIMITER = re.compile(r"[\s|:+=-]*")  # of a Markdown table, below its header
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_ITEM = re.compile(r"\s*(?:[-*+•‣·]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(
    r"""^\s*[\])}>]+[;,)]*\s*$ | [{(\[;\\]\s*$ | ^\s*["'][^"']*["']\s*:  # braces, ends of statements, JSON keys
    | ^\s*(?:GET|PUT|POST|DELETE|HEAD|PATCH)\s+\S+\s*$ | ^\s*(?:\$|>>>|\#!|//|/\*)\s?\S | ^\s*</?[A-Za-z][^<>]*>
    | ^\s*(?:import|from|def|class|return|const|let|var|fn|pub|use|func|package|public|private|elif|else:|try:)\b[^.]*$
    | ^\s*[\w.\[\]"'-]+\s*(?:=|\+=|:=|=>)\s*\S | ^\s*[\w.-]+:\s*\S*$ | ^\s*(?:sudo|curl|pip|docker|npm|git)\s\S""",
    re.VERBOSE,
)
_PROSE_WORDS = 7  # words in an indented line that make it prose all the same
_LONGEST_LINE = 1000  # code points of a line that are looked at to tell its kind
_HEADER_AWAY = 100  # lines above a row among which its header is looked for
_GAP = 6  # of them, at most, that are no rows: a cell may hold paragraphs


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, row or line: [start, end) of the document's text. `opens` says that it begins there, and is not
    the rest of one.
    """

    start: int
    end: int
    kind: Kind
    opens: bool = True


def units_of(text: str, start: int, end: int) -> list[Unit]:
    """The units of `text[start:end]`, in order, trimmed, none empty; headings' marks and fences are none."""
    found: list[Unit] = []
    for kind, (low, high) in _stretches(text, start, end):
        if kind == "prose":
            spans = list(_prose(text, low, high))
        elif kind == "code":
            spans = list(_lines(text, low, high))
        else:
            spans = [span for span in _lines(text, low, high) if not _DELIMITER.fullmatch(text, *span)]
        trimmed = [(at, at + len(text[at:stop].rstrip())) for at, stop in spans]
        found += [Unit(at, stop, kind, _opens(text, at, start)) for at, stop in trimmed if text[at:stop].strip()]
    return found


def header_of(text: str, row: int, within: int) -> Span | None:
    """The header of the table that holds the row at `row`, looked for above it; None if it is not told from the rows,
    or is the row itself. `within` is how far back to look at most.
    """
    line = text.rfind("\n", 0, row) + 1
    cells, header, gap = _cells(text[line : _line_end(text, line)]), None, 0
    for _ in range(_HEADER_AWAY):
        stop = line - 1
        if stop <= within or gap > _GAP:
            break
        line = text.rfind("\n", max(within, stop - _LONGEST_LINE * 8), stop) + 1
        if line <= 0 and stop > _LONGEST_LINE * 8:
            break
        content = text[line:stop]
        if _is_row(content) and _cells(content) == cells:
            gap = 0
            if not _DELIMITER.fullmatch(content):
                header = (line, stop)
        else:
            gap += 1
    return header


def _stretches(text: str, start: int, end: int) -> Iterator[tuple[Kind, Span]]:
    """Neighbouring lines of one kind."""
    current: Kind | None = None
    low = high = start
    for block, fenced in _blocks(text, start, end):
        for kind, (at, stop) in _kinds(text, block, fenced):
            if kind != current:
                if current is not None:
                    yield current, (low, high)
                current, low = kind, at
            high = stop
    if current is not None:
        yield current, (low, high)


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[list[Span], bool]]:
    """Lines between blank lines and fences, and whether they are fenced."""
    fenced = len(_FENCE.findall(text, 0, start)) % 2 == 1 if "```" in text or "~~~" in text else False
    block: list[Span] = []
    for at, stop in _lines(text, start, end):
        fence = _FENCE.match(text[at:stop]) is not None and (at == 0 or text[at - 1] == "\n")
        if fence or not text[at:stop].strip():
            if block:
                yield block, fenced
                block = []
            fenced ^= fence
        else:
            block.append((at, stop))
    if block:
        yield block, fenced


def _kinds(text: str, block: list[Span], fenced: bool) -> Iterator[tuple[Kind, Span]]:
    """Each line of a block with its kind."""
    if fenced:
        yield from (("code", span) for span in block)
        return
    lines = [text[text.rfind("\n", max(0, at - _LONGEST_LINE), at) + 1 : stop][:_LONGEST_LINE] for at, stop in block]
    rows = [_is_row(line) for line in lines]
    rows = [row and (sum(rows) > 1 or _cells(line) > 2) for row, line in zip(rows, lines, strict=True)]
    rest = [line for line, row in zip(lines, rows, strict=True) if not row]
    code = bool(rest) and 2 * sum(_is_code(line) for line in rest) >= max(len(rest), 2)
    for span, row in zip(block, rows, strict=True):
        yield "table" if row else "code" if code else "prose", span


def _is_row(line: str) -> bool:
    return _ROW.search(line) is not None


def _cells(line: str) -> int:
    return line.strip().strip("|").count("|") + 1


def _is_code(line: str) -> bool:
    if _ITEM.match(line):
        return False
    if line[:2].isspace() or line[:1] == "\t":
        return len(_WORDS.findall(line)) < _PROSE_WORDS or _CODE.search(line) is not None
    return _CODE.search(line) is not None and len(_WORDS.findall(line)) < 2 * _PROSE_WORDS


def _prose(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences, with an item's mark belonging to its first one."""
    held: int | None = None  # where the mark of an item began, which the sentence rule takes for a sentence
    for low, high in sentence_spans(text, start, end):
        if held is None and high - low <= 4 and _ITEM.fullmatch(text[low:high] + " "):
            held = low
            continue
        yield (low if held is None else held), high
        held = None
    if held is not None:
        yield held, end


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield start, stop
        start = stop + 1


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _opens(text: str, start: int, passage: int) -> bool:
    """Whether a unit begins at `start`: all but the first of a passage that was cut inside a sentence or row do."""
    if start > passage or start == 0:
        return True
    before = text[max(0, start - _LONGEST_LINE) : start]
    return before.rstrip(" \t")[-1:] in ("", "\n", ".", "!", "?", "…", "。", "!", "?", ":", ";")
