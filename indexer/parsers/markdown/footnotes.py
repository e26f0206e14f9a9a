"""Footnotes: a note stays where it is written, after its mark in brackets; the text refers to it by the same mark."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkLabel
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote.index import footnote_def

_REFERENCE = re.compile(r"\[\^([^\]\s]{1,200})\]")


def enable(markdown: MarkdownIt) -> None:
    """Notes by the plugin's rule; references by a rule that is linear, which the plugin's is not."""
    markdown.block.ruler.before("reference", "footnote_def", footnote_def, {"alt": ["paragraph", "reference"]})
    markdown.inline.ruler.before("link", "footnote_ref", _reference)
    markdown.inline.ruler.before("link", "footnote_inline", _inline)


def _reference(state: StateInline, silent: bool) -> bool:
    """`[^mark]`, where there is such a note: anything else in brackets is text."""
    found = _REFERENCE.match(state.src, state.pos)
    if found is None or f":{found[1]}" not in state.env.get("footnotes", {}).get("refs", {}):
        return False
    if not silent:
        state.push("text", "", 0).content = f" [{found[1]}]"
    state.pos = found.end()
    return True


def _inline(state: StateInline, silent: bool) -> bool:
    """`^[a note]` stands in the sentence: it goes on in brackets."""
    if not state.src.startswith("^[", state.pos):
        return False
    end = parseLinkLabel(state, state.pos + 1)
    if end < 0:
        return False
    if not silent:
        last = state.posMax
        state.push("text", "", 0).content = " ("
        state.pos, state.posMax = state.pos + 2, end
        state.md.inline.tokenize(state)
        state.posMax = last
        state.push("text", "", 0).content = ")"
    state.pos = end + 1
    return True


def marked(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with its mark before the text of each note."""
    mark = ""
    for token in tokens:
        if token.type == "footnote_reference_open":
            mark = str(token.meta["label"])
        elif mark and token.type == "inline":
            token.children = [Token("text", "", 0, content=f"[{mark}] "), *(token.children or ())]
            mark = ""
    return [token for token in tokens if not token.type.startswith("footnote_reference_")]
