"""Marks of the dialects around words that CommonMark leaves as text: they go, and the words stay.

Highlights (`==a==`), keys (`++ctrl+c++`), raised and lowered letters, MyST's roles, boxes of tasks, names of blocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from markdown_it.token import Token

from indexer.parsers.markdown.obsidian import without_block_id

_HIGHLIGHT = re.compile(r"(?<!=)==(?!=)")
_KEYS = re.compile(r"(?<![\w+])\+\+([a-z0-9-]{1,20}(?:\+[a-z0-9-]{1,20}){0,5})\+\+(?![\w+])")
_LOWERED = re.compile(r"(?<=[\w)])~([\w+-]{1,30})~(?!~)")
_RAISED = re.compile(r"(?<=[\w)])\^([\w+-]{1,30})\^")
_ROLE = re.compile(r"\{[A-Za-z][\w:.+-]{0,60}\}$")
_TARGET = re.compile(r"(.*?\S)\s*<[^<>]+>$", re.DOTALL)
_BOX = re.compile(r"\[([ xX])\](?=\s)")


def unmark(tokens: Sequence[Token]) -> None:
    """Take the marks out of the text of parsed `tokens`."""
    for place, token in enumerate(tokens):
        if token.type != "inline" or not token.children:
            continue
        if place > 1 and tokens[place - 2].type == "list_item_open":
            _task(token.children[0])
        _roles(token.children)
        _highlights(token.children)
        for child in token.children:
            if child.type == "text":
                child.content = _plain(child.content)
        last = token.children[-1]
        if last.type == "text" and "^" in last.content:
            last.content = without_block_id(last.content)


def _task(first: Token) -> None:
    """`[x]` and `[ ]` as the boxes that a reader sees."""
    box = _BOX.match(first.content) if first.type == "text" else None
    if box:
        first.content = ("☐" if box[1] == " " else "☑") + first.content[box.end() :]


def _roles(children: Sequence[Token]) -> None:
    """Replace ``{role}`text <target>` `` by the text; without one, the target as it is written but for a leading `~` or
    `!`.
    """
    for before, code in pairwise(children):
        if code.type == "code_inline" and before.type == "text" and (role := _ROLE.search(before.content)):
            before.content = before.content[: role.start()]
            titled = _TARGET.match(code.content)
            code.content = (titled[1] if titled else code.content).removeprefix("~").removeprefix("!")


def _highlights(children: Sequence[Token]) -> None:
    """`==` goes where two of them stand around words, which `a == b` and `a==b` have none of."""
    opened: tuple[Token, int] | None = None
    cuts: list[tuple[Token, int]] = []
    for child in children:
        for mark in _HIGHLIGHT.finditer(child.content) if child.type == "text" and "==" in child.content else ():
            before, after = child.content[mark.start() - 1 : mark.start()], child.content[mark.end() : mark.end() + 1]
            if opened and not after.isalnum() and not before.isspace():
                cuts += (opened, (child, mark.start()))
                opened = None
            elif not before.isalnum() and (after.isalnum() or not after):
                opened = (child, mark.start())
    for child, start in reversed(cuts):  # from the end, so that places stay right
        child.content = child.content[:start] + child.content[start + 2 :]


def _plain(text: str) -> str:
    if "++" in text:
        text = _KEYS.sub(r"\1", text)
    if "~" in text:
        text = _LOWERED.sub(r"\1", text)
    return _RAISED.sub(lambda found: _raised(found[1]), text) if "^" in text else text


def _raised(text: str) -> str:
    """Letters as in 1st follow the word; numbers and variables keep a mark, since 10^6^ is not 106."""
    return text if text.isalpha() and len(text) > 1 else f"^{text}"
