"""Obsidian's notes: links between them, embedded files, comments, callouts, names of blocks.

Callouts are GitHub's alerts too, and links in double brackets those of many wikis.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from indexer.parsers.markdown.draft import Edit

_LINK = re.compile(r"!?\[\[(?!\s)([^\[\]|\n]{0,500})(?:\|([^\[\]\n]{0,500}))?\]\](?![(\[])")
_SIZE = re.compile(r"\s*\d+(?:x\d+)?\s*")
_FILE = re.compile(r"[^#]*\.(?!md\b)[A-Za-z]\w{1,4}(?=\s*(?:#|$))")  # `icon.svg#outline`
_SUFFIX = re.compile(r"\.md(?=#|$)", re.IGNORECASE)
_BLOCK_REFERENCE = re.compile(r"#?\^[\w-]+$")
_CALLOUT = re.compile(r"\[!([\w-]+)(?:\|[^\]\n]*)?\][+-]?[ \t]*([^\n]*)(?:\n|$)")
_BLOCK_ID = re.compile(r"(?:^|\s)\^(?=[\w-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9-]+\s*$", re.ASCII)
_MARK = re.compile(r"(?<!%)%%(?!%)")


def comment_edits(text: str, code: Container[int]) -> Iterator[Edit]:
    """Comments between `%%` and `%%`: whole lines, or a part of one line that stands apart from the words around it.

    A `%%` without its like hides nothing: a writer meant to be read.
    """
    marks = [found.start() for found in _MARK.finditer(text) if found.start() not in code]
    place = 0
    while place + 1 < len(marks):
        start, end = marks[place], marks[place + 1] + 2
        if _hides(text, start, end):
            yield start, end, ""
            place += 1
        place += 1


def _hides(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if text.find("\n", start, end) < 0:
        spaced = text[start + 2].isspace(), text[end - 3].isspace()
        return (not before or before.isspace()) and not after.isalnum() and spaced[0] == spaced[1]
    stop = text.find("\n", end)
    line, rest = text[text.rfind("\n", 0, start) + 1 : start], text[end : len(text) if stop < 0 else stop]
    return not line.strip(" \t>") and not rest.strip()


def link(state: StateInline, silent: bool) -> bool:
    """`[[note|name]]` is its name, `[[note#part]]` the note and the part; an embedded file is named."""
    found = _LINK.match(state.src, state.pos)
    text = _shown(found[1], found[2]) if found else ""
    if found is None or not any(character.isalpha() for character in text):
        return False
    if not silent:
        state.push("text", "", 0).content = text
    state.pos = found.end()
    return True


def _shown(target: str, name: str | None) -> str:
    if name and not _SIZE.fullmatch(name):
        return name.strip()
    if file := _FILE.match(target):
        return file[0].strip()
    target = _BLOCK_REFERENCE.sub("", _SUFFIX.sub("", target.rstrip("\\").strip()))
    return " > ".join(part.strip() for part in target.split("#") if part.strip())


def callouts(state: StateCore) -> None:
    """The kind of a callout goes from its first line; its title becomes a paragraph of its own."""
    tokens: list[Token] = []
    for place, token in enumerate(state.tokens):
        tokens.append(token)
        if token.type != "inline" or [before.type for before in tokens[-3:-1]] != ["blockquote_open", "paragraph_open"]:
            continue
        found = _CALLOUT.match(token.content)
        if found is None:
            continue
        token.content, rest = found[2].strip(), token.content[found.end() :]
        if rest and token.content:
            close, again, body = (one.copy() for one in (state.tokens[place + 1], tokens[-2], token))
            begin = token.map[0] if token.map else 0
            body.content, body.children = rest, []
            body.map, again.map = [begin + 1, begin + 2], [begin + 1, begin + 2]
            tokens += (close, again, body)
        elif rest:
            token.content = rest
    state.tokens = tokens


def without_block_id(text: str) -> str:
    """The end of a block without the name (`^name`) by which other notes point to it."""
    return _BLOCK_ID.sub("", text)
