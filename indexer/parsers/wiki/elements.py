"""Steps before wikitext is read: comments and templates are dropped, references and literal text are set aside.

Everything is found in one pass, whatever is left open, so that no page takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_DROPPED = ("gallery", "graph", "imagemap", "mapframe", "score", "script", "style", "templatedata", "timeline")
_BLOCKS = ("pre", "source", "syntaxhighlight")
_LITERAL = ("ce", "chem", "math", "nowiki")
_CITED = ("ref", "references")
_ELEMENTS = "|".join((*_DROPPED, *_BLOCKS, *_LITERAL, *_CITED))
_OPENING = re.compile(rf"<!--|<({_ELEMENTS})\b([^<>]{{0,2000}})>", re.IGNORECASE)
_BRACES = re.compile(r"\{{2,}|\}{2,}")
REFERENCES = "\ue000R\ue001"  # a line in whose place they stand
_KEPT = re.compile("\ue000([BL])(\\d{1,9})\ue001")
_MARKS = re.compile("[\ue000\ue001]")


class Literals:
    """Texts that are no wikitext, each behind a mark in the text that is, and the wikitext of references."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self.references: dict[str, None] = {}  # each once, in their order

    def keep(self, text: str, *, block: bool) -> str:
        """The mark that stands for a text."""
        self._texts.append(text)
        mark = f"\ue000{'B' if block else 'L'}{len(self._texts) - 1}\ue001"
        return f"\n{mark}\n" if block else mark

    def block(self, line: str) -> str | None:
        """The text that a line is the mark of; None for any other line."""
        found = _KEPT.fullmatch(line.strip())
        return self._texts[int(found[2])] if found and found[1] == "B" else None

    def restored(self, text: str) -> str:
        """The text with what its marks stand for."""
        return _KEPT.sub(lambda mark: self._texts[int(mark[2])], text)


def prepared(source: str) -> tuple[str, Literals]:
    """Wikitext without comments, references and templates, and what was set aside of it."""
    literals = Literals()
    return _without_templates("".join(_pieces(_MARKS.sub("", source), literals))), literals


def _pieces(source: str, literals: Literals) -> Iterator[str]:
    lower = source.lower()
    if len(lower) != len(source):  # a few letters become two
        lower = source
    unclosed: set[str] = set()
    at = 0
    while opening := _OPENING.search(source, at):
        name = (opening[1] or "").lower()
        if name == "references":
            yield f"{source[at : opening.start()]}\n{REFERENCES}\n"
            at = opening.end()
            continue
        end, after = _end(lower, opening, name, unclosed)
        if end < 0:
            yield source[at : opening.end()]
            at = opening.end()
            continue
        yield source[at : opening.start()]
        if name in _BLOCKS:
            yield literals.keep(source[opening.end() : end], block=True)
        elif name in _LITERAL:
            yield literals.keep(source[opening.end() : end], block=False)
        elif name == "ref":
            literals.references.setdefault(source[opening.end() : end])
        at = after
    yield source[at:]


def _end(lower: str, opening: re.Match[str], name: str, unclosed: set[str]) -> tuple[int, int]:
    """Where the content of an element ends, and the element; negative where it is never closed."""
    if not name:
        end = lower.find("-->", opening.end())
        return (end, end + 3) if end >= 0 else (len(lower), len(lower))
    if opening[2].endswith("/"):
        return opening.end(), opening.end()
    end = -1 if name in unclosed else lower.find(f"</{name}", opening.end())
    close = lower.find(">", end) if end >= 0 else -1
    if close < 0:
        unclosed.add(name)
        return -1, -1
    return end, close + 1


def _without_templates(text: str) -> str:
    kept, at = [], 0
    for start, end in _templates(text):
        before = text[at:start]
        kept.append(before.rstrip(" ") if text[end : end + 1] in (",", ".", ")") else before)
        at = end
    return "".join([*kept, text[at:]])


def _templates(text: str) -> list[tuple[int, int]]:
    """The outermost templates and parameters that are closed, in order."""
    found: list[tuple[int, int]] = []
    opened: list[list[int]] = []  # where braces begin, and how many of them are open
    for run in _BRACES.finditer(text):
        if run[0][0] == "{":
            opened.append([run.start(), len(run[0])])
            continue
        left = len(run[0])
        while left >= 2 and opened:
            start, count = opened[-1]
            used = min(count, left)
            left -= used
            opened[-1][1] -= used
            if opened[-1][1] >= 2:
                continue
            opened.pop()
            while found and found[-1][0] >= start:  # those inside of it
                found.pop()
            found.append((start, run.end() - left))
    return found
