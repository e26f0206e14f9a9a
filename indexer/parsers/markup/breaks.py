"""Replacing marks that may go over a line break, so that every line of the text stays the one of its file."""

from __future__ import annotations

import re
from collections.abc import Callable


def keeping_lines(say: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    """`say`, which tells what stands for a match, with as many line breaks as the match has: between words, else
    before them.
    """

    def said(found: re.Match[str]) -> str:
        text = say(found)
        for _ in range(found[0].count("\n") - text.count("\n")):
            before, _, last = text.rpartition(" ")
            text = f"{before}\n{last}"
        return text

    return said
