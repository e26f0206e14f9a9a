"""Which blocks are headings: those that bookmarks or tags name, and those in larger or bolder type than the text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indexer.parsers.pdf.lines import LIST_MARK, Line
from indexer.parsers.pdf.page import FILLED
from indexer.parsers.pdf.paragraphs import Block, Break
from indexer.parsers.pdf.rows import letters, weight
from indexer.parsers.pdf.tables import BORDER

_LARGER = 1.14  # than the text, times
_BOLD_SIZE = 0.94  # of the text: bold type below is a caption
_LENGTH = 160  # characters of a heading
_LINES = 4
_SENTENCE = 50  # characters up to which large type with a full stop may be a heading
_MOST = 0.3  # share of the document's characters beyond which larger or bolder type means nothing
_LEVELS = 6
_SAME_SIZE = 0.94  # of the larger one
_BULLET = re.compile(r"[•◦▪▫■□●○‣⁃·∙*–—\-➢➤✓❑❒]")
_NO_HEADING_END = re.compile(r"[,;]$|[^.]\.$")
_TITLE_PITCH = 1.6  # of the size: from one line of a title to the next, at most
_NUMBERED = re.compile(r"\(?(?:\d|[IVX]+\b|[A-Z][.)]\s)")
_LABELLED = re.compile(r"[^:]{1,30}:(?:\s|$)")
_TITLE_LINES = 3  # of a block that a bookmark's title may fill

Style = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Bookmark:
    level: int  # from 1
    title: str
    page: int  # from 1


def mark_headings(blocks: Sequence[Block], bookmarks: Sequence[Bookmark], body: float) -> list[Block]:
    """The blocks with the levels of those that are headings; blocks that begin with a bookmark's title are split."""
    found = _by_bookmarks(_together(blocks, body), bookmarks)
    levels = {_style(block): block.level for block in found if block.level}
    for block in found:
        if not block.level and (level := _tagged(block)):
            block.level = level
            levels.setdefault(_style(block), level)
    _by_type(found, levels, body)
    return found


def body_size(blocks: Sequence[Block]) -> float:
    """The size of most of the text, in points; 1 if there is none."""
    lengths: defaultdict[float, int] = defaultdict(int)
    for block in blocks:
        for line in block.lines:
            lengths[line.size] += len(line.text)
    sizes: Counter[float] = Counter()
    for size, length in lengths.items():
        sizes[round(size * 4) / 4] += length
    half = sum(sizes.values()) / 2
    for size in sorted(sizes):
        half -= sizes[size]
        if half <= 0 and size > 0:
            return size
    return 1.0


def _style(block: Block) -> Style:
    return round(block.size * 2) / 2, block.lines[0].all_bold


def _text(block: Block) -> str:
    return " ".join([line.text for line in block.lines])


def _length(block: Block) -> int:
    """How many characters its text has."""
    return sum([len(line.text) for line in block.lines]) + len(block.lines) - 1


def _together(blocks: Sequence[Block], body: float) -> list[Block]:
    """Lines of one heading are one block, even where the first is the shorter one."""
    merged: list[Block] = []
    for block in blocks:
        last = merged[-1] if merged else None
        if (
            last is not None
            and (block.lines[0].all_bold or block.lines[0].level > 0 or block.size >= _LARGER * body)
            and not (block.row or last.row)
            and len(last.lines) + len(block.lines) <= _LINES
            and ((block.before is Break.LINE and _is_alike(block, last)) or _goes_on(last, block, body))
            and not LIST_MARK.match(block.lines[0].text)
            and _below(last.lines[-1], block.lines[0])
        ):
            last.lines += block.lines
            last.full = block.full
        else:
            merged.append(block)
    return merged


def _goes_on(last: Block, block: Block, body: float) -> bool:
    """Whether a line in large type goes on with the one above, which stands as near as the lines of a title do."""
    above, below = last.lines[-1], block.lines[0]
    return (
        below.page == above.page
        and below.size >= _LARGER * body
        and _SAME_SIZE <= below.size / above.size <= 1 / _SAME_SIZE
        and 0 < below.y0 - above.y0 <= _TITLE_PITCH * below.size
        and not (_NUMBERED.match(below.text) or _LABELLED.match(below.text))
        and not above.text.endswith((".", ":", "?", "!"))
    )


def _is_alike(block: Block, other: Block) -> bool:
    sizes = block.size, other.size
    return min(sizes) >= _SAME_SIZE * max(sizes) and block.lines[0].all_bold == other.lines[0].all_bold


def _below(line: Line, other: Line) -> bool:
    """Whether two lines begin at the same place or have the same middle."""
    left, right = other.x0 - line.x0, other.x1 - line.x1
    return min(abs(left), abs(left + right) / 2) < line.size


def _by_bookmarks(blocks: list[Block], bookmarks: Sequence[Bookmark]) -> list[Block]:
    wanted: dict[int, dict[str, int]] = defaultdict(dict)  # levels by title, for each page
    for bookmark in bookmarks:
        if said := letters(bookmark.title).casefold():
            wanted[bookmark.page].setdefault(said, bookmark.level)
    found: list[Block] = []
    for block in blocks:
        found += _headed(block, wanted[block.page]) if block.page in wanted and not block.row else [block]
    return found


def _headed(block: Block, wanted: dict[str, int]) -> list[Block]:
    """The block, or the heading that it begins with and the rest. A bookmark names one block."""
    said = ""
    for count, line in enumerate(block.lines[:_TITLE_LINES], start=1):
        said += letters(line.text).casefold()
        if said in wanted:
            heading = Block(block.lines[:count], block.before, level=min(wanted.pop(said), _LEVELS))
            rest = block.lines[count:]
            return [heading, *([Block(rest, Break.PARAGRAPH, full=block.full)] if rest else [])]
        if not any(title.startswith(said) for title in wanted):
            break
    return [block]


def _tagged(block: Block) -> int:
    level = block.lines[0].level
    return (
        level
        if level > 0 and all(line.level == level for line in block.lines) and len(_text(block)) <= 2 * _LENGTH
        else 0
    )


def _by_type(blocks: Sequence[Block], known: dict[Style, int], body: float) -> None:
    candidates = [block for block in blocks if not block.level and _looks_like_one(block, body)]
    if sum(map(_length, candidates)) > _MOST * sum(map(_length, blocks)):
        return
    levels = _levels({_style(block) for block in candidates} | set(known), known)
    for block in candidates:
        block.level = levels[_style(block)]


def _levels(styles: Iterable[Style], known: dict[Style, int]) -> dict[Style, int]:
    """A level for each style, the largest type first; sizes that hardly differ share one."""
    levels: dict[Style, int] = {}
    level = 0
    largest = float("inf")  # of those that share the level
    for style in sorted(styles, reverse=True):
        if style in known:
            level, largest = known[style], style[0]
        elif style[0] < _SAME_SIZE * largest or not level:
            level, largest = min(_LEVELS, level + 1), style[0]
        levels[style] = level
    return levels


def _is_formula(text: str) -> bool:
    return not text.isascii() and any(unicodedata.category(character) == "Sm" for character in text)


def _looks_like_one(block: Block, body: float) -> bool:
    if block.row or len(block.lines) > _LINES or (block.size < _LARGER * body and not block.lines[0].all_bold):
        return False
    if any(line.level == FILLED for line in block.lines):
        return False
    larger = all(line.size >= _LARGER * body for line in block.lines)
    if not larger and not all(line.all_bold and line.size >= _BOLD_SIZE * body for line in block.lines):
        return False
    text = _text(block)
    if BORDER in text or "…" in text or len(text) > _LENGTH or _BULLET.match(text) or _is_formula(text):
        return False
    said = letters(text)
    if weight(said) < 3 or 2 * len(said) < len(text.replace(" ", "")):
        return False
    return _NO_HEADING_END.search(text) is None or (larger and len(text) < _SENTENCE)
