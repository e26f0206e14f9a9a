"""Where code may be cut: between what stands at its left edge, else as near to it as possible."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.text.lines import is_fence
from indexer.chunking.units import NEVER, START, WITHIN

_DEEPEST = 8  # levels of indentation that are told apart
# What goes on with the line above: brackets alone, what closes one, the other branches of a statement.
_GOES_ON = re.compile(
    r"[\s\[({]*$|[\])}>;,|&.]|</|\{\{-?\s*(?:end|else)\b|(?:else|elif|except|finally|catch|end|fi|done|esac)\b"
)


def code_levels(lines: Sequence[str], apart: Sequence[bool]) -> list[int]:
    """The level of each line; `apart` says before which of them blank lines stand.

    A definition begins at the left edge, after a blank line or the end of what was indented. What is inside of one is
    divided at blank lines and little indentation first, and never before a bracket that closes.
    """
    bare = [line.lstrip() for line in lines]
    indents = [len(line) - len(own) for line, own in zip(lines, bare, strict=True)]
    depths = {indent: min(depth, _DEEPEST) for depth, indent in enumerate(sorted(set(indents)))}
    closes = [_GOES_ON.match(own) is not None for own in bare]
    fences = [is_fence(own) for own in bare]
    levels: list[int] = []
    opened = False
    for place, indent in enumerate(indents):
        depth = depths[indent]
        if fences[place]:
            opened = not opened
            levels.append(START if opened else NEVER)
        elif place and (closes[place] or fences[place - 1]):
            levels.append(NEVER)
        elif depth == 0 and (place == 0 or apart[place] or indents[place - 1] > indent or closes[place - 1]):
            levels.append(START)
        else:
            levels.append(WITHIN + 2 * depth + (0 if apart[place] else 1))
    return levels
