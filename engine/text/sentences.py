"""Sentence spans in any language by a light rule, in linear time: terminators, abbreviations, line breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A boundary is looked for at each of these: a set of characters first, which is found in a small part of the time, then
# which of them it was. Possessive quantifiers and the look-behind keep the search linear even in a megabyte of dots or
# of spaces.
_BOUNDARY = re.compile(
    r"[.!?…。！？｡\n](?:"
    r"(?P<stop>(?<=[.!?…])(?<![.!?…][.!?…])[.!?…]*+[\"'”’»)\]]*+\s++)"
    r"|(?P<cjk>(?<=[。！？｡])[。！？｡]*+[」』”’）〉》]*+\s*+)"
    r"|(?P<line>(?<=\n)\s*+))"
)
_LAST_WORD = re.compile(r"[^\W_](?:[\w.]*[\w])?$")
_ITEM_DIGITS = 3  # of an item's number, at most
_ITEM_NUMBER = re.compile(rf"(?:^|\n)[ \t]*\(?(?:\d{{1,{_ITEM_DIGITS}}}|[^\W\d_])$")
_LETTER = re.compile(r"[^\W\d_]")
_OPEN_END = re.compile(r"[\w,)\]”’»-]")  # what ends a line that neither ends a sentence nor is a row or code

_ROW = 400  # code points of a line in which a cell's border counts
_FULL_LINE = 40  # code points from which a line may be one that was wrapped
_ABBREVIATIONS = {"al", "approx", "art", "bzw", "ca", "cf", "ch", "col", "d.h", "dept", "dr", "e.g", "ed", "eds", "eq"}
_ABBREVIATIONS |= {
    "eqs",
    "evtl",
    "fig",
    "figs",
    "gen",
    "ggf",
    "i.e",
    "inc",
    "jr",
    "ltd",
    "mme",
    "mr",
    "mrs",
    "ms",
    "nos",
}
_ABBREVIATIONS |= {"nr", "op", "p", "pp", "prof", "resp", "sec", "sr", "sra", "st", "tab", "u.a", "univ", "vgl", "viz"}
_ABBREVIATIONS |= {"vol", "vols", "vs", "z.b"}


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Spans [start, end) of the sentences of `text[start:end]`, in order, trimmed of white space, none empty.

    Every character that is not white space lies in exactly one span. Lines of tables, lists and code are spans of
    their own; a line that was wrapped inside a sentence is not.
    """
    end = len(text) if end is None else end
    begin = start
    for match in _BOUNDARY.finditer(text, start, end):
        stop = match.end()
        if stop < end and _is_boundary(text, begin, match):
            if piece := text[begin:stop].strip():
                low = text.index(piece[0], begin)
                yield low, low + len(piece)
            begin = stop
    if piece := text[begin:end].strip():
        low = text.index(piece[0], begin)
        yield low, low + len(piece)


def _is_boundary(text: str, begin: int, match: re.Match[str]) -> bool:
    kind, sign = match.lastgroup, match[0]
    if kind == "cjk" or sign.count("\n") > 1:
        return True
    if kind == "line":
        return not _is_wrapped(text, match.start(), match.end())
    if sign.startswith(".") and _is_abbreviation(text, begin, match):
        return False
    return "\n" in sign or not _in_row(text, match.start())


def _in_row(text: str, position: int) -> bool:
    """Whether the line up to `position` is a row of a table. It looks back so far and no further, to stay linear."""
    start = max(0, position - _ROW)
    return " | " in text[max(start, text.rfind("\n", start, position)) : position]


def _is_abbreviation(text: str, begin: int, match: re.Match[str]) -> bool:
    """Whether the full stop belongs to the word before it: what follows is lower case, or the word never ends one."""
    if text[match.end()].islower():
        return True
    before = text[max(begin, match.start() - 24) : match.start()]
    found = _LAST_WORD.search(before, before.rfind(" ") + 1)
    if found is None:
        return False
    word = found[0]
    if (len(word) == 1 and word.isupper()) or word.lower() in _ABBREVIATIONS:
        return True
    return len(word) <= _ITEM_DIGITS and _ITEM_NUMBER.search(before) is not None


def _is_wrapped(text: str, line_end: int, next_start: int) -> bool:
    """Whether a line break only wraps a sentence: a long line without an end, and a word that goes on."""
    line_start = text.rfind("\n", 0, line_end) + 1
    if line_end - line_start < _FULL_LINE or text[next_start - 1] != "\n":  # short, or what follows is indented
        return False
    line = text[line_start:line_end].rstrip()
    if " | " in line or not _OPEN_END.match(line[-1:]):
        return False
    return _LETTER.match(text, next_start) is not None
