"""Paragraphs of the lines of a region, and what of them goes on in the next column or on the next page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from itertools import islice, pairwise
from operator import attrgetter
from statistics import median
from typing import Any

from indexer.parsers.pdf.lines import LIST_MARK, Line
from indexer.parsers.pdf.page import HYPHEN, Page
from indexer.parsers.pdf.rows import weight

_PITCH = 1.3  # of the usual distance of two lines: more than that is a paragraph's
_INDENT = 0.8  # of the size
_OTHER_SIZE = 0.12  # share by which sizes differ
_MOST_INDENT = 40  # characters
_ROOM = 0.4  # of the size: a word would have had to fit with so much left
_BETWEEN = 8  # blocks, such as footnotes, that stand between the two parts of a paragraph
_ROWS = 60  # the same with rows of tables
_SHORT = 3  # lines of a caption
_SENTENCE_ENDS = tuple(".!?:;。！？…")
_CLOSING = "\"'”’»)]）」』"
_GOES_ON = re.compile(r"[(\[“\"‘'«„]?[^\W\d_]")
_CONTENTS = re.compile(r"… \S{1,8}$")  # the end of a line in a table of contents
_CAPTION = re.compile(r"(?:fig|tab|abb|chart|source|exhibit|box|photo)\w*\.?\s", re.IGNORECASE)
_LEAST = 30  # weight of a line that may go on with another although it begins with a capital
_ITEM = re.compile(rf"{LIST_MARK.pattern}(?:\s|$)")
_ROW = re.compile(r"\d{1,3}[a-z]?\s[^\W\d_]")  # of a form: the number of a line and what belongs there
_NARROW = 45  # weight of a line, up to which it may be an entry of a list
_LABEL = re.compile(r"[^\W\d_][^:.]{0,40}:(?:\s|$)")
_CASELESS = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u0590-\u07ff\u0e00-\u0e7f]")


class Break(Enum):
    """The break between a line and the next one."""

    NONE = ""
    LINE = "\n"
    PARAGRAPH = "\n\n"


@dataclass(slots=True)
class Block:
    """A paragraph, a heading or a table's row. `before` is what separates it from the block above."""

    lines: list[Line]
    before: Break = Break.PARAGRAPH
    row: str = ""  # of a table, as it is read
    full: bool = False  # its last line is
    level: int = 0  # of a heading
    aside: bool = False  # it runs in another direction than most of its page, as a stamp in the margin does
    ahead: list[Block] = field(default_factory=list)  # what stood between it and a part that was joined to it
    after: list[Block] = field(default_factory=list)

    @property
    def page(self) -> int:
        return self.lines[0].page

    @property
    def size(self) -> float:
        return self.lines[0].size


@dataclass(slots=True)
class Part:
    """Blocks of some pages in a row, which are made without knowing the others. `words` are those of its text.

    It is pickled as columns of numbers and texts, which takes a fifth of the time that its objects would; cells, of
    which nothing more is made, stay behind.
    """

    pages: list[Page]  # without their pieces
    blocks: list[Block]
    words: set[str]

    def __reduce__(self) -> tuple[Any, ...]:
        blocks = [(block.before.value, block.row, block.full, block.aside, len(block.lines)) for block in self.blocks]
        lines = [_LINE(line) for block in self.blocks for line in block.lines]
        return _unpacked, (self.pages, blocks, lines, self.words)


_LINE = attrgetter(*(field.name for field in fields(Line) if field.name != "cells"))


def _unpacked(pages: list[Page], blocks: list[tuple[Any, ...]], lines: list[tuple[Any, ...]], words: set[str]) -> Part:
    remaining = iter(lines)
    return Part(
        pages,
        [
            Block([Line([], *line) for line in islice(remaining, count)], Break(before), row, full, aside=aside)
            for before, row, full, aside, count in blocks
        ],
        words,
    )


def paragraphs(lines: Sequence[Line]) -> Iterator[Block]:
    """Blocks of lines that are no table."""
    usual = _usual_pitch(lines)
    left, right = _column(lines)
    for chunk in _chunks(lines, usual):
        own_left, own_right = min([line.x0 for line in chunk]), max([line.x1 for line in chunk])
        indented = own_left > left + _INDENT * chunk[0].size
        yield from _split(chunk, own_left, own_right if indented else max(own_right, right))


def _column(lines: Sequence[Line]) -> tuple[float, float]:
    """The left and the right edge of the column; few lines that reach beyond it do not count."""
    lefts = sorted([line.x0 for line in lines])
    rights = sorted([line.x1 for line in lines])
    return lefts[len(lefts) // 10], rights[-1 - len(rights) // 10]


def _usual_pitch(lines: Sequence[Line]) -> float:
    pitches = [
        below.y0 - above.y0
        for above, below in pairwise(lines)
        if _alike(above, below) and below.y0 - above.y0 < 3 * above.size
    ]
    if len(pitches) > 1:
        return median(pitches)
    return 1.25 * median([line.size for line in lines])


def _alike(line: Line, other: Line) -> bool:
    return line.size == other.size or abs(line.size - other.size) <= _OTHER_SIZE * max(line.size, other.size)


def _chunks(lines: Sequence[Line], usual: float) -> Iterator[list[Line]]:
    """Lines without white between them and of one size."""
    chunk: list[Line] = []
    for line in lines:
        if chunk and _is_apart(chunk[-1], line, usual):
            yield chunk
            chunk = []
        chunk.append(line)
    if chunk:
        yield chunk


def _is_apart(above: Line, below: Line, usual: float) -> bool:
    if not _alike(above, below):
        return True
    pitch = below.y0 - above.y0
    allowed = max(usual, 1.05 * above.size) if above.size < 1.3 * usual else 1.3 * above.size
    return pitch > _PITCH * allowed or pitch < -0.5 * above.size


def _split(chunk: list[Line], left: float, right: float) -> Iterator[Block]:
    """The paragraphs of a chunk: lines that end early, indentation, marks of lists and bold type tell them apart."""
    entries = _are_entries(chunk)
    if len(chunk) > 1 and sum([line.fixed for line in chunk]) > len(chunk) / 2:
        for line in chunk:
            line.text = " " * (line.fixed and _indent(line, left)) + line.text
    block = Block([chunk[0]])
    for above, below in pairwise(chunk):
        between = _between(above, below, block, left, right)
        if between is Break.NONE and not above.text.endswith(HYPHEN):
            between = Break.LINE if entries or _are_labelled(block.lines[0], below) else Break.NONE
        if between is Break.NONE:
            block.lines.append(below)
        else:
            block.full = not above.fixed and not _is_short(above, below, right)
            yield block
            block = Block([below], between)
    last = block.lines[-1]
    block.full = not last.fixed and (last.x1 > right - 2.5 * last.size or len(chunk) == 1)
    yield block


def _indent(line: Line, left: float) -> int:
    """How many characters a line of a program is indented."""
    width = (line.x1 - line.x0) / max(1, len(line.text))
    return min(_MOST_INDENT, round((line.x0 - left) / width)) if width > 0 else 0


def _are_entries(chunk: Sequence[Line]) -> bool:
    """Whether short lines, none of which begins in lower case, are entries and not a text that was wrapped."""
    return all(weight(line.text) < _NARROW and not line.text[0].islower() for line in chunk) and not any(
        _CASELESS.match(line.text) for line in chunk
    )


def _are_labelled(line: Line, other: Line) -> bool:
    """Whether both say what is what, as "Name: A. Writer" does."""
    return ":" in other.text and _LABEL.match(line.text) is not None and _LABEL.match(other.text) is not None


def _between(above: Line, below: Line, block: Block, left: float, right: float) -> Break:
    if above.fixed and below.fixed:
        return Break.LINE
    if above.text.endswith(HYPHEN):
        return Break.NONE
    if "…" in above.text and _CONTENTS.search(above.text):
        return Break.LINE
    ended = _ends_sentence(above.text)
    if (above.all_bold and not below.bold) or (ended and below.bold and not above.bold):
        return Break.PARAGRAPH
    short = _is_short(above, below, right)
    if below.all_bold and not above.all_bold and short:
        return Break.PARAGRAPH
    if below.item or _ITEM.match(below.text) or (_ROW.match(below.text) and _ROW.match(block.lines[0].text)):
        return Break.LINE
    if short and (ended or not below.text[0].islower()):
        return Break.PARAGRAPH if ended else Break.LINE
    shift = (below.x0 - above.x0) / above.size
    if shift > _INDENT and ended and above.x0 - left < _INDENT * above.size:
        return Break.PARAGRAPH
    if shift < -_INDENT and _hangs(block):
        return Break.PARAGRAPH if ended else Break.LINE
    return Break.NONE


def _ends_sentence(text: str) -> bool:
    return text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)


def _hangs(block: Block) -> bool:
    """Whether all lines but the first are indented, by the same amount."""
    if len(block.lines) < 2:
        return False
    first, second, last = block.lines[0], block.lines[1], block.lines[-1]
    return second.x0 > first.x0 + _INDENT * first.size and abs(last.x0 - second.x0) < _ROOM * first.size


def _is_short(above: Line, below: Line, right: float) -> bool:
    """Whether the next line's first word would have fitted into the line."""
    least = (0.25 + _ROOM) * above.size
    if above.x1 + least >= right:
        return False
    text = below.text
    first = 2 if not text.isascii() and _CASELESS.match(text) else len(text.split(" ", 1)[0])
    width = (below.x1 - below.x0) * min(1.0, first / max(1, len(text)))
    return above.x1 + width + least < right


def join_parts(blocks: Sequence[Block], body: float) -> list[Block]:
    """Blocks with what goes on in the next column or on the next page joined; `body` is the size of most of the text.

    What stands between the two parts, such as footnotes and captions, comes before or after the whole paragraph: in
    the order of the pages.
    """
    joined: list[Block] = []
    skipped = 0
    for i, block in enumerate(blocks):
        if skipped:
            skipped -= 1
            continue
        while True:
            rest = blocks[i + 1 + skipped : i + 1 + skipped + _ROWS] if _may_go_on(block, body) else []
            distance = _rest_of(block, rest, body)
            if distance is None or not _join(block, rest[:distance], rest[distance]):
                break
            skipped += distance + 1
        joined.append(block)
    return joined


def _join(block: Block, between: Sequence[Block], part: Block) -> bool:
    """Put `part` to the block; False where what is between would stand on a page out of turn."""
    page = block.lines[-1].page
    left = [other for other in between if other.page == page]
    if part.page != page and (left or block.after):
        if block.page != page:
            return False
        block.ahead += [*block.after, *left]
        block.after = []
        left = []
    block.after += [*left, *(other for other in between if other.page != page)]
    block.lines += part.lines
    block.full = part.full
    return True


def _may_go_on(block: Block, body: float) -> bool:
    if block.row or block.level or not block.full:
        return False
    last = block.lines[-1]
    return _near(last.size, body) and not _ends_sentence(last.text)


def _near(size: float, body: float) -> bool:
    return abs(size - body) <= _OTHER_SIZE * body


def _rest_of(block: Block, following: Sequence[Block], body: float) -> int | None:
    """Which of the blocks that follow is the rest of this one; None if none is."""
    last = block.lines[-1]
    passed = 0
    for i, other in enumerate(following):
        first = other.lines[0]
        if first.page > last.page + 1 or other.level or passed > _BETWEEN:
            return None
        if other.row:
            continue
        if _near(first.size, body):
            if first.page == last.page and i == 0 and first.y0 >= last.y0:
                return None  # below it in the same column: they were told apart before
            if first.all_bold == last.all_bold and _is_rest(last, other, i == 0):
                return i
            if len(other.lines) > _SHORT:
                return None
        passed += 1
    return None


def _is_rest(last: Line, other: Block, next_one: bool) -> bool:
    first = other.lines[0]
    item = first.item or _ITEM.match(first.text) is not None
    if last.text.endswith(HYPHEN):
        return True
    if last.text.endswith("-") or first.text[:1].islower():
        return not item
    if item or not _GOES_ON.match(first.text):
        return False
    if _CASELESS.match(first.text) and _CASELESS.match(last.text[-1:]):
        return True
    return next_one and len(other.lines) > 1 and weight(first.text) > _LEAST and not _CAPTION.match(first.text)


def in_turn(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks, each between those that stood inside of it."""
    for block in blocks:
        yield from in_turn(block.ahead)
        yield block
        yield from in_turn(block.after)
