"""Where the blocks of a page stand: each element that is rendered says its line, and each heading its anchor."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise, zip_longest

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from indexer.parsers.htmltext import LINE_ATTRIBUTE
from indexer.parsers.markdown.lines import HEADING_ATTRIBUTES

_PLACED = frozenset(
    """paragraph_open heading_open list_item_open tr_open dt_open dd_open fence code_block math_block
    math_block_label admonition_title_open""".split()  # noqa: SIM905
)
_ID = re.compile(r"#([\w:-]+)|\bid=\"?([\w.:-]+)")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def heading_attributes(state: StateCore) -> None:
    """Take attribute lists off the ends of headings; an id among them is the heading's anchor."""
    for opening, inline in pairwise(state.tokens):
        found = HEADING_ATTRIBUTES.search(inline.content) if opening.type == "heading_open" else None
        if found and found.start():
            inline.content = inline.content[: found.start()]
            if name := _ID.search(found[0]):
                opening.attrSet("id", name[1] or name[2])


def place(tokens: Sequence[Token], line: Callable[[int], int]) -> None:
    """Give parsed `tokens` the attributes; `line` tells the line of the file, from 1, of a line of the text, from 0."""
    seen: dict[str, int] = {}
    for token, following in zip_longest(tokens, tokens[1:]):
        if token.map and token.type in _PLACED:
            token.attrSet(LINE_ATTRIBUTE, str(line(token.map[0] + _lines_above(token))))
        if token.type == "heading_open" and following:
            text = "".join(child.content for child in following.children or () if child.type in ("text", "code_inline"))
            anchor = str(token.attrGet("id") or _distinct(_slug(text), seen))
            if anchor:
                token.attrSet("id", anchor)


def _lines_above(token: Token) -> int:
    """How many lines of a block stand above its text: a fence, and blank lines, which code does not begin with."""
    blank = len(token.content) - len(token.content.lstrip())
    return (token.type == "fence") + token.content.count("\n", 0, blank)


def _slug(text: str) -> str:
    """The anchor that GitHub gives a heading."""
    return _NOT_IN_SLUG.sub("", text.strip().lower()).replace(" ", "-")


def _distinct(slug: str, seen: dict[str, int]) -> str:
    seen[slug] = seen.get(slug, -1) + 1
    return f"{slug}-{seen[slug]}" if seen[slug] else slug
