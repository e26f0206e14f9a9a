"""Recognising lines by their looks: items of lists, code, entries of a table of contents, lines that were wrapped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

ITEM = re.compile(r"\s*(?:[-*+•‣·]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
SENTENCE_ENDS = tuple(".!?…。！？")
COLONS = (":", "：")
FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
FENCES = ("```", "~~~")

_WORDS = re.compile(r"[^\W\d_]{2,}")
_OPENS = tuple("{([;\\")  # what ends a line of code, and no sentence
_CLOSES = ("}", "},")
_CODE = re.compile(
    r"""\s*(?: [\])}>]+[;,)]*\s*$ | ["'][^"']*["']\s*:  # braces, JSON keys
    | (?:GET|PUT|POST|DELETE|HEAD|PATCH)\s+\S+\s*$ | (?:\$|>>>|\#!|//|/\*)\s?\S | </?[A-Za-z][^<>]*>
    | (?:import|from|def|class|return|const|let|var|fn|pub|use|func|package|public|private|elif|else:|try:)\b[^.]*$
    | [\w.\[\]"'-]+\s*(?:=|\+=|:=|=>)\s*\S | [\w.-]+:\s*\S*$ | [\w-]+[._][\w.-]+:\s
    | (?:sudo|curl|pip|docker|npm|git)\s\S )""",
    re.VERBOSE,
)
_PROSE_WORDS = 7  # words in an indented line that make it prose all the same
_COMMENT = re.compile(r"[ \t]*(?:#|//)(?:\s|$)")
_MOST_SPACES = 60  # in a line of code that is not indented: what tells long paragraphs at once

_MIN_LINES = 3  # lines of which it can be told that they are no paragraph
_NARROW = 40  # code points below which no paragraph is wrapped
_FULL = 0.85  # of the longest line: where a word more would have made a line longer, it was wrapped

_PAGE = re.compile(r"[\divxlcIVXLC-]{1,8}$")
_MIN_LEADERS = 4  # dots, or one ellipsis, between an entry of a table of contents and its page


def is_fence(line: str) -> bool:
    """Whether a line opens or closes fenced code."""
    return line.lstrip().startswith(FENCES)


def is_code(line: str) -> bool:
    """Whether a line looks like one of a program, of settings or of JSON."""
    if ITEM.match(line):
        return False
    bare = line.strip()
    if bare.startswith("{") and bare.endswith(_CLOSES):  # one object of JSON a line
        return True
    code = bare.endswith(_OPENS) or _CODE.match(line) is not None
    if line[:2].isspace() or line[:1] == "\t":
        return code or len(_WORDS.findall(line)) < _PROSE_WORDS
    return code and line.count(" ") < _MOST_SPACES and len(_WORDS.findall(line)) < 2 * _PROSE_WORDS


def is_comment(line: str) -> bool:
    """Whether a line looks like a comment of a program or a script, by the mark that it begins with."""
    return _COMMENT.match(line) is not None


def is_sentence(line: str) -> bool:
    """Whether a line among code is an item or a sentence."""
    if line.count(" ") < _PROSE_WORDS - 1 or len(_WORDS.findall(line)) < _PROSE_WORDS:
        return False
    if ITEM.match(line):
        return True
    return line[0].isalpha() and line.rstrip().endswith((*SENTENCE_ENDS, *COLONS)) and not is_code(line)


def is_contents(line: str) -> bool:
    """Whether dots lead from the line's text to the number of a page at its end."""
    if ".." not in line and ". ." not in line and "…" not in line:
        return False
    line = line.rstrip()
    page = _PAGE.search(line, max(0, len(line) - 8))
    if page is None:
        return False
    before = line[: page.start()].rstrip()
    leaders = before[len(before.rstrip(". …")) :]
    return leaders.count(".") >= _MIN_LEADERS or "…" in leaders


def are_apart(lines: Sequence[str]) -> bool:
    """Whether lines end where they end for a reason, as those of an address or of what a program has printed do, and
    not because a paragraph was wrapped, nor after sentences or items.
    """
    if len(lines) < _MIN_LINES or any(map(ITEM.match, lines)):
        return False
    if 2 * sum(line.rstrip().endswith(SENTENCE_ENDS) for line in lines) > len(lines):
        return False
    width = max(map(len, lines))
    full = sum(len(line) + 1 + len(other.split(None, 1)[0]) > _FULL * width for line, other in pairwise(lines))
    return width < _NARROW or 2 * full < len(lines) - 1
