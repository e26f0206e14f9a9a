"""RFCs and plain text laid out like them: numbered headings, pages with heads and feet, contents with leader dots."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from indexer.parsers.base import Parsed
from indexer.parsers.lined import Line, LinedBuilder

_FOOT = re.compile(r"\s*\S.{0,100}\[Page [0-9ivxlc]{1,5}\]\s*$")
_MARKS = re.compile(r"Request for Comments:|Internet[- ]Draft\b|^RFC \d+ ")
_TOP = 60  # lines in which a document says what it is
_DATED = re.compile(r"\S.* {3}.*\b(?:19|20)\d\d\s*$")  # the head of a page
_LEADER = re.compile(r"(?:\.{3}|(?:\. ){3})[. ]*+\d{1,4}\s*$")
_CONTENTS = re.compile(r"\s*(?:table of )?contents\s*$", re.IGNORECASE)
_ENTRY = re.compile(r"\s*(?:Appendix )?[\dA-Z](?:\.?\d)*\.?\s+\S")
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,5})\.?[ \t]+[^\W\d_]")
_APPENDIX = re.compile(r"(?:Appendix[ \t]+[A-Z]\b|[A-Z](?:\.\d{1,3}){1,5}\.?[ \t]+\S)")
_PLAIN = re.compile(r"[A-Z][\w'’&/()-]*(?: [\w'’&/()-]+){0,7}\s*$")
_ENDED = re.compile(r"[.!?:;,]\s*$")
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")
_LONGEST = 120  # code points of a heading
_WIDEST = 200  # code points of a line that are looked at
_RECURS = 0.3  # share of pages whose head or foot is the same: two of them may take turns
_FEW = 3  # leaders, headings from which a text is laid out so


def looks_like_rfc(lines: Sequence[str]) -> bool:
    """Whether these lines, of a file's beginning, are laid out so."""
    if any(_MARKS.search(line) for line in lines[:_TOP]) or sum(_FOOT.match(line) is not None for line in lines) > 1:
        return True
    leaders = sum(_leads(line) for line in lines)
    numbered = sum(_NUMBERED.match(line) is not None and not _leads(line) for line in lines)
    return leaders >= _FEW and numbered >= _FEW


def rfc_of(lines: Sequence[str], name: str) -> Parsed:
    """The text without its pages and its contents; what is numbered, or stands alone at the left, is a heading."""
    kept = _without_contents(list(_without_pages(lines)))
    title = _title([text for _, text in kept[:_TOP]])
    builder = LinedBuilder()
    done = 0
    for index, level in _headings([text for _, text in kept]):
        builder.verbatim(kept[done:index])
        builder.title(kept[index][0], level, kept[index][1])
        done = index + 1
    builder.verbatim(kept[done:])
    return builder.parsed(title, name=name)


def _headings(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The index and the level of each."""
    filled = [text for text in texts if text.strip()]
    hanging = sum(text[0].isspace() for text in filled) > len(filled) / 2  # the text is indented, headings are not
    before: tuple[int, ...] = ()
    for index, text in enumerate(texts):
        if not text.strip() or len(text) > _LONGEST or text[0].isspace() or (index and texts[index - 1].strip()):
            continue
        numbered = _NUMBERED.match(text)
        numbers = tuple(map(int, numbered[1].split("."))) if numbered and not _ENDED.search(text) else ()
        if numbers and (not before or (before < numbers and numbers[0] <= before[0] + 1)):
            before = numbers
            yield index, len(numbers)
        elif _APPENDIX.match(text) and not _ENDED.search(text):
            yield index, text.split()[0].rstrip(".").count(".") + 1
        elif hanging and _PLAIN.match(text) and index + 1 < len(texts) and not texts[index + 1].strip():
            yield index, 1


def _without_pages(lines: Sequence[str]) -> Iterator[Line]:
    """The lines with their numbers, less what recurs at the edges of pages; a sentence goes on over the edge."""
    breaks = list(_breaks(lines))
    feet = Counter(_mask(lines[last]) for last, _ in breaks)
    heads = Counter(_mask(lines[first]) for _, first in breaks)
    least = max(2, _RECURS * len(breaks))
    dropped = {index for index, line in enumerate(lines) if _FOOT.match(line)}
    dropped |= {last for last, _ in breaks if feet[_mask(lines[last])] >= least}
    for last, first in breaks:
        if heads[_mask(lines[first])] >= least or (last in dropped and _DATED.match(lines[first][:_WIDEST])):
            dropped.add(first)
    kept = [index for index, line in enumerate(lines) if line.strip() and index not in dropped]
    for last, _ in breaks:
        place = bisect_right(kept, last)
        if 0 < place < len(kept):
            above, below = kept[place - 1], kept[place]
            goes_on = _goes_on(lines[above], lines[below])
            dropped.update(range(above + (1 if goes_on else 2), below))
    return ((index + 1, line.replace("\f", "")) for index, line in enumerate(lines) if index not in dropped)


def _breaks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The last line of a page and the first one of the next, blank ones aside."""
    last, broken = None, False
    for index, line in enumerate(lines):
        broken = broken or line.lstrip(" \t").startswith("\f")
        if line.strip():
            if broken and last is not None:
                yield last, index
            last = index
            broken = line.rstrip(" \t").endswith("\f") or _FOOT.match(line) is not None


def _leads(line: str) -> bool:
    """Whether a line ends with leader dots and a page."""
    return _LEADER.search(line[-_WIDEST:]) is not None


def _mask(line: str) -> str:
    return _DIGITS.sub("#", " ".join(line.split()))


def _goes_on(above: str, below: str) -> bool:
    """Whether a sentence goes on over the edge of a page."""
    indents = [len(line) - len(line.lstrip()) for line in (above, below)]
    return not _ENDED.search(above) and indents[0] == indents[1] and below.strip()[0].islower()


def _without_contents(lines: list[Line]) -> list[Line]:
    """The lines less the tables of contents: their words are those of the headings."""
    dropped: set[int] = set()
    for index, (_, text) in enumerate(lines):
        if _CONTENTS.match(text) and index not in dropped:
            end = _end_of_contents(lines, index + 1)
            inside = [text for _, text in lines[index + 1 : end] if text.strip()]
            entries = sum(_ENTRY.match(text) is not None or _leads(text) for text in inside)
            if entries >= max(_FEW, len(inside) / 2):
                dropped.update(range(index, end))
    leaders = {index for index, (_, text) in enumerate(lines) if _leads(text)}
    dropped |= {index for index in leaders if {index - 1, index + 1} & leaders}
    return [line for index, line in enumerate(lines) if index not in dropped]


def _end_of_contents(lines: Sequence[Line], index: int) -> int:
    """Where the first line stands that is neither blank nor indented nor an entry, be it one of two lines."""
    while index < len(lines):
        text = lines[index][1]
        below = lines[index + 1][1] if index + 1 < len(lines) else ""
        if text.strip() and not text[0].isspace() and not _leads(text) and not _leads(below):
            break
        index += 1
    return index


def _title(top: Sequence[str]) -> str | None:
    """The line that is centred below the lines that name the series, the authors and the date."""
    marked = next((index for index, text in enumerate(top) if _MARKS.search(text)), None)
    if marked is None:
        return None
    below = list(top[marked:])
    while below and below[0].strip():
        del below[0]
    while below and not below[0].strip():
        del below[0]
    end = next((index for index, text in enumerate(below) if not text.strip()), len(below))
    centred = [text for text in below[:end] if text[0].isspace()]
    return " ".join(" ".join(centred).split()) if centred and len(centred) == end <= _FEW else None
