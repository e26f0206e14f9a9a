"""The kinds of a text's lines: prose, rows of a table, code, entries of a log, a table of contents, or just lines.

The stored text is plain: cells of a row are separated by " | ", items begin with "- ", code keeps its lines. Raw
Markdown (from JSON lines or text files) is read as well: `|a|b|`, fences, numbered items.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal

from engine.text.lines import FENCE, FENCES, ITEM, are_apart, is_code, is_comment, is_contents, is_sentence
from engine.text.logs import are_entries, is_entry
from engine.text.sentences import sentence_spans
from engine.text.tables import LONGEST_LINE, Span, are_separated, cells, is_row

Kind = Literal["prose", "table", "code", "log", "contents", "lines"]

_MIN_CONTENTS = 3  # entries of a table of contents
_LONGEST_COMMENT = 20_000  # code points; what is not closed by then was none
_MOST_HELD = 4  # lines between them, and blocks of prose between code, that may be a part of the whole


@dataclass(slots=True)
class Stretch:
    """Neighbouring lines of one kind, spans of the text; the blank ones between them are left out."""

    kind: Kind
    lines: list[Span]


def stretches(text: str, start: int, end: int, marks: Sequence[int]) -> Iterator[Stretch]:
    """The lines of `text[start:end]` that are not blank, in order; `marks` are the `fences` of the whole text."""
    for stretch in _joined(text, _blocks(text, start, end, marks)):
        if stretch.kind == "contents":
            entries = sum(is_contents(text[at : min(stop, at + LONGEST_LINE)]) for at, stop in stretch.lines)
            stretch.kind = "contents" if entries >= _MIN_CONTENTS else "prose"
        yield stretch


def fences(text: str) -> list[int]:
    """Where fences stand, which open and close code by turns. A last one that is never closed is none."""
    if not any(fence in text for fence in FENCES):
        return []
    found = [match.start() for match in FENCE.finditer(text)]
    return found[: len(found) // 2 * 2]


def prose_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences, with an item's mark belonging to its first one."""
    held: int | None = None  # where the mark of an item began, which the sentence rule takes for a sentence
    for low, high in sentence_spans(text, start, end):
        if held is None and high - low <= 4 and ITEM.fullmatch(text[low:high] + " "):
            held = low
            continue
        yield (low if held is None else held), high
        held = None
    if held is not None:
        yield held, end


def _joined(text: str, found: Iterable[Stretch]) -> Iterator[Stretch]:
    """Neighbours of one kind as one, with what only interrupts them."""
    current: Stretch | None = None
    held: list[Stretch] = []  # what may turn out to be an interruption
    for stretch in found:
        if current is None:
            current = stretch
        elif stretch.kind == current.kind or _continues(text, current.kind, stretch):
            for part in (*held, stretch):
                current.lines += part.lines
            held = []
        elif _may_interrupt(text, current.kind, held, stretch):
            held.append(stretch)
        else:
            yield from (current, *held)
            current, held = stretch, []
    if current is not None:
        yield from (current, *held)


def _continues(text: str, kind: Kind, stretch: Stretch) -> bool:
    """Whether lines belong to what ends above them, though they do not look like it by themselves: lines that a program
    has printed after its code, an entry of a log that is of many lines.
    """
    if kind == "code":
        return stretch.kind == "lines"
    return kind == "log" and is_entry(text[slice(*stretch.lines[0])])


def _may_interrupt(text: str, kind: Kind, held: Sequence[Stretch], stretch: Stretch) -> bool:
    """Whether prose belongs to what ends above it if the same goes on below: an indented comment in code, the foot and
    the head of a page in a table of contents.
    """
    if stretch.kind != "prose" or len(held) >= _MOST_HELD:
        return False
    if kind == "contents":
        return sum(len(part.lines) for part in (*held, stretch)) <= _MOST_HELD
    line = text[slice(*stretch.lines[0])]
    return kind == "code" and line[:2].isspace() and ITEM.match(line) is None


def _blocks(text: str, start: int, end: int, marks: Sequence[int]) -> Iterator[Stretch]:
    """The lines between blank lines and fences, by kind. A fence is a line of what it opens or closes, and the lines of
    a program's comment, sentences or not, are lines of the program.
    """
    opened = bisect_left(marks, start)
    fenced, inside = opened % 2 == 1, set(marks[opened : bisect_left(marks, end)])
    block: list[Span] = []
    commented = start  # where the last comment ends
    for at, stop in _lines(text, start, end):
        if at < commented:
            continue
        fence, bare = at in inside, text[at:stop].strip()
        begins = bare.startswith("/*") and not (fenced or fence)
        if begins and (closed := _comment_end(text, at, stop, end)):
            if block:
                yield from _kinds(text, block, fenced)
            yield Stretch("code", [span for span in _lines(text, at, closed) if text[slice(*span)].strip()])
            commented, block = closed, []
            continue
        if block and ((fence and not fenced) or not bare):
            yield from _kinds(text, block, fenced)
            block = []
        if fence or bare:
            block.append((at, stop))
        if fence and fenced:
            yield Stretch("code", block)
            block = []
        fenced ^= fence
    if block:
        yield from _kinds(text, block, fenced)


def _comment_end(text: str, at: int, stop: int, end: int) -> int:
    """The end of the last line of the comment of many lines whose mark begins a line; 0 where it is of this one."""
    if text.find("*/", at, stop) >= 0:
        return 0
    closed = text.find("*/", stop, min(end, at + _LONGEST_COMMENT))
    return 0 if closed < 0 else (text.find("\n", closed, end) + 1 or end + 1) - 1


def _kinds(text: str, block: list[Span], fenced: bool) -> Iterator[Stretch]:
    """The lines of a block by kind: all of one, or rows of a table and sentences among others."""
    if fenced:
        yield Stretch("code", block)
        return
    lines = [text[at : min(stop, at + LONGEST_LINE)] for at, stop in block]
    begun = text.rfind("\n", max(0, block[0][0] - LONGEST_LINE), block[0][0]) + 1
    lines[0] = text[begun : min(block[0][1], begun + LONGEST_LINE)]
    rows = list(map(is_row, lines))
    if 0 < 2 * sum(rows) < len(lines) and are_entries(lines):  # a log of which some entries hold bars
        rows = [False] * len(lines)
    if sum(rows) == 1:
        rows = [row and len(cells(line)) > 2 for row, line in zip(rows, lines, strict=True)]
    rest = [line for line, row in zip(lines, rows, strict=True) if not row]
    kind = _kind(rest, alone=len(rest) == len(lines)) if rest else "table"
    if kind != "code" and len(rest) in (0, len(lines)):
        yield Stretch(kind, block)
        return
    kinds = ["table" if row else _kind_among(kind, line) for row, line in zip(rows, lines, strict=True)]
    for one, group in groupby(zip(kinds, block, strict=True), key=itemgetter(0)):
        yield Stretch(one, [span for _, span in group])


def _kind(lines: Sequence[str], *, alone: bool) -> Kind:
    """The kind of lines that are no rows by their bars; `alone` says that no such rows stand between them."""
    if alone and 2 * sum(map(is_contents, lines)) >= len(lines):
        return "contents"
    if alone and are_entries(lines):
        return "log"
    if 2 * _program_lines(lines) >= max(len(lines), 2):
        return "code"
    if alone and are_separated(lines):
        return "table"
    return "lines" if alone and are_apart(lines) else "prose"


def _program_lines(lines: Sequence[str]) -> int:
    """How many of the lines are a program's. Comments are, where there are two, or any code: one alone is a title."""
    are_code = list(map(is_code, lines))
    code = sum(are_code)
    comments = sum(not program and is_comment(line) for line, program in zip(lines, are_code, strict=True))
    return code + comments if code or comments > 1 else 0


def _kind_among(kind: Kind, line: str) -> Kind:
    return "prose" if kind == "code" and is_sentence(line) else kind


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines of `text[start:end]`, without their breaks."""
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield start, stop
        start = stop + 1
