"""Where code may be cut: between what stands at its left edge, else as near to it as possible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from engine.text.lines import is_fence
from indexer.chunking.units import NEVER, START, WITHIN

_DEEPEST = 8  # levels of indentation that are told apart
_STEP = 6  # levels between two of them: rather a chunk of another length than one that begins inside of something
_LONGEST = 300  # lines of a comment; what is not closed by then was none
# What goes on with the line above: brackets alone, what closes one or a string, the other branches of a statement.
_GOES_ON = re.compile(
    r"[\s\[({]*$|['\"]$|[\])}>;,|&.]|</|\{\{-?\s*(?:end|else)\b|(?:else|elif|except|finally|catch|end|fi|done|esac)\b"
)
# What the line below goes on with: decorators and attributes, a template's parameters, a name without its end.
_LEADS_ON = re.compile(r"@[\w.]+(?:\(.*\))?$|#!?\[.*\]$|\[\[.*\]\]$|template\s*<.*>$|.*::$")
_COMMENT = re.compile(
    r"///?|//!|#(?![\[!]|\s*(?:if|el|end|def|undef|inc|pragma|err|line))|--(?=[\s-]|$)|;+(?=\s)|%+(?=\s)"
)
_PARAGRAPH = re.compile(r"(?:[/#*;%!-]+)?\s*$")  # an empty line of a comment


def code_levels(lines: Sequence[str], apart: Sequence[bool]) -> list[int]:
    """The level of each line; `apart` says before which of them blank lines stand.

    A definition begins at the left edge, after a blank line or the end of what was indented, with the comment and the
    decorators above it. What is inside of one is divided at blank lines and little indentation first, and never before
    a bracket that closes or the first line of what a line above has opened.
    """
    bare = [line.strip() for line in lines]
    indents = [len(line) - len(line.lstrip()) for line in lines]
    depths = {indent: min(depth, _DEEPEST) for depth, indent in enumerate(sorted(set(indents)))}
    closes = [_GOES_ON.match(own) is not None for own in bare]
    fences = [is_fence(own) for own in bare]
    comments = _comments(bare, indents, apart)
    goes_on = _goes_on(bare, indents, apart)
    levels: list[int] = []
    opened = False
    for place, indent in enumerate(indents):
        depth = depths[indent]
        if fences[place]:
            opened = not opened
            levels.append(START if opened else NEVER)
        elif comments[place]:
            levels.append(NEVER - 1 if _PARAGRAPH.match(bare[place - 1]) else NEVER)
        elif place and (closes[place] or fences[place - 1] or goes_on[place]):
            levels.append(NEVER)
        elif depth == 0 and (place == 0 or apart[place] or indents[place - 1] > indent or closes[place - 1]):
            levels.append(START)
        else:
            levels.append(WITHIN + _STEP * depth + (0 if apart[place] else _STEP // 2))
    return levels


def _goes_on(bare: Sequence[str], indents: Sequence[int], apart: Sequence[bool]) -> list[bool]:
    """Which lines are the first of what the line above has opened, or of what it stands for."""
    opened = [False, *(low < high for low, high in pairwise(indents))]
    led = [False, *(_LEADS_ON.match(own) is not None for own in bare[:-1])]
    return [(deeper or after) and not blank for deeper, after, blank in zip(opened, led, apart, strict=True)]


def _comments(bare: Sequence[str], indents: Sequence[int], apart: Sequence[bool]) -> list[bool]:
    """Which lines go on with a comment that a line above has begun."""
    goes_on = [False] * len(bare)
    marks = [found and found[0] for found in map(_COMMENT.match, bare)]
    for place in range(1, len(bare)):
        same = marks[place] is not None and marks[place] == marks[place - 1]
        goes_on[place] = same and not apart[place] and indents[place] == indents[place - 1]
    place = 0
    while place < len(bare):
        end = _block_end(bare, place)
        goes_on[place + 1 : end + 1] = [True] * (end - place)
        place = end + 1
    return goes_on


def _block_end(bare: Sequence[str], place: int) -> int:
    """The last line of the comment between marks that begins in a line; the line itself where none does."""
    if not bare[place].startswith("/*") or "*/" in bare[place]:
        return place
    lines = range(place + 1, min(place + _LONGEST, len(bare)))
    return next((line for line in lines if "*/" in bare[line]), place)
