"""The text that is embedded of a chunk: its context (see engine/context.py) and its text, the context shortened
if need be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from engine.context import context, with_context
from engine.types import Chunk

_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"\s*(?:[{_CJK}]|[^\s{_CJK}]+)")
_HEAD, _HEAD_LINES = 1000, 5  # code points and lines of a chunk in which a heading counts as shown


def context_parts(title: str, chunk: Chunk) -> list[str]:
    """Title and headings, without those that the text itself shows as one of its first lines; last, the header of the
    table that it begins inside of, or "".
    """
    shown = {line.strip() for line in chunk.text[:_HEAD].split("\n")[:_HEAD_LINES]}
    named = (" ".join(part.split()) for part in (title, *chunk.headings))
    return [*(part for part in named if part not in shown), chunk.header]


def assemble(parts: Sequence[str], text: str) -> str:
    """The text as the encoder reads it."""
    *named, header = parts
    return with_context(context("", named, header), text)


def shorten(parts: Sequence[str], excess: Callable[[Sequence[str]], int]) -> list[str]:
    """`parts` with words taken from the end of the longest until `excess` (tokens) is gone, or none is left."""
    words = [_WORD.findall(part) for part in parts]
    while any(words) and (over := excess(_joined(words))) > 0:
        longest = max(words, key=len)
        # Words have up to some four tokens: a quarter of the excess at a time seldom takes too many.
        del longest[-max(1, min(over // 4, len(longest))) :]
    return _joined(words)


def _joined(words: Sequence[Sequence[str]]) -> list[str]:
    return ["".join(part).strip() for part in words]
