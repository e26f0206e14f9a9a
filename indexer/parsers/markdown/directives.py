"""Blocks with a name: MyST's directives, and the containers (`:::`) of Docusaurus, VitePress, Pandoc and others.

What is in them is Markdown, code or nothing that a reader sees, as the name says; a title is a paragraph of its own.
The lines `:::` themselves need not be paired for that: each is one block that says its title, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.rules_block import StateBlock

from indexer.parsers.markdown.lines import HEADING_ATTRIBUTES
from indexer.parsers.markdown.parameters import shown

_FENCE = re.compile(r"(`{3,}|~{3,}|:{3,})\{([A-Za-z][\w:.+-]*)\}[ \t]*([^`]*)$")
_DIAGRAM = re.compile(r"(:{3,})[ \t]*(mermaid|math)[ \t]*($)")
_COLONS = re.compile(r":{3,}(?!:)[ \t]*(?:([A-Za-z][\w-]*)(?![\w.-]))?[ \t]*(.*)$")
_TITLE = re.compile(r"\[([^\[\]]*)\]")
_KIND = re.compile(r"\{[A-Za-z][\w:.+-]*\}")
_FLAGS = re.compile(r"\{[ \t]*[a-z][\w-]*[ \t]*\}$")  # `{open}` of VitePress
_OPTION = re.compile(r":[\w-]+:(?:[ \t]+.*)?$")
_READ_OPTION = re.compile(r":(?:caption|alt|title):[ \t]+(.*)$")
_ARGUMENT_IS_NO_TEXT = frozenset(
    """figure figure-md image include literalinclude raw container div grid grid-item tab-set only highlight code
    code-block code-cell sourcecode mermaid button-link button-ref""".split()  # noqa: SIM905
)
_PROSE = frozenset(
    """note tip warning caution danger attention error hint important seealso admonition todo deprecated versionadded
    versionchanged versionremoved topic sidebar epigraph highlights pull-quote compound rubric centered figure figure-md
    image table list-table dropdown card card-carousel grid grid-item grid-item-card tab-set tab-item tabs tab margin
    aside glossary exercise solution div container details only hlist button-link button-ref abstract info success
    question failure bug example quote currentmodule module function class method attribute data exception option envvar
    confval describe object""".split()  # noqa: SIM905
)
_CODE = frozenset(
    """code code-block code-cell sourcecode math mermaid graphviz plantuml parsed-literal eval-rst csv-table doctest
    testcode testsetup testoutput prompt ipython jupyter-execute literalinclude""".split()  # noqa: SIM905
)
_LEFT_OUT = frozenset("toctree contents tableofcontents include bibliography index raw highlight tags".split())  # noqa: SIM905
_SAID = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "versionremoved": "Removed in version",
    "deprecated": "Deprecated since version",
}
_DEEPEST = 20  # directives in directives; what lies deeper is code


def directive(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A rule of markdown-it for one block, or for one line of colons."""
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    if line[:1] not in ("`", "~", ":"):
        return False
    found = _FENCE.match(line) or _DIAGRAM.match(line)
    content = _content(found[2].lower()) if found else ""
    if line[0] == ":" and content in ("prose", ""):
        return _colons(state, start, line, silent)
    depth = state.env.get("directives", 0)
    if found is None or not content or (content == "prose" and depth >= _DEEPEST):
        return False
    if not silent:
        state.env["directives"] = depth + 1
        _push(state, start, end, found, content)
        state.env["directives"] = depth
    return True


def _content(name: str) -> str:
    """The kind of content of a directive; "" for a name that is none, such as the language of a cell."""
    plain = name.rpartition(":")[2]
    if name.startswith("auto") or (":" in name and plain in _PROSE):
        return "prose"
    kinds = {"prose": _PROSE, "code": _CODE, "nothing": _LEFT_OUT}
    return next((kind for kind, names in kinds.items() if name in names), "code" if ":" in name else "")


def _push(state: StateBlock, start: int, end: int, found: re.Match[str], content: str) -> None:
    closing = _closing(state, start, end, found[1])
    name, argument = found[2].lower(), found[3].strip()
    first, captions = _options(state, start + 1, closing)
    if name in _SAID:
        argument = f"{_SAID[name]} {argument}"
    titles = [] if name in _ARGUMENT_IS_NO_TEXT or content == "nothing" else [argument]
    for text in (*titles, *captions):
        _paragraph(state, text, start)
    if content == "prose":
        last = state.lineMax
        state.lineMax = closing
        state.md.block.tokenize(state, first, closing)
        state.lineMax = last
    elif content == "code" and first < closing:
        token = state.push("fence", "code", 0)
        token.content = state.getLines(first, closing, state.sCount[start], True)
        token.map = [first - 1, closing]  # as if the fence stood right above its code
    state.line = min(closing + 1, end)


def _colons(state: StateBlock, start: int, line: str, silent: bool) -> bool:
    """A line that opens or closes a container."""
    found = _COLONS.match(line)
    if found is None:
        return False
    if not silent:
        for text in _titles(found[2]):
            _paragraph(state, text, start)
        state.line = start + 1
        if (found[2] or "").startswith("{"):
            state.line, captions = _options(state, start + 1, state.lineMax)
            for text in captions:
                _paragraph(state, text, start)
    return True


def _titles(rest: str) -> Iterator[str]:
    """The title of a container: in square brackets, as a parameter in braces, or the rest of its line."""
    attributes = HEADING_ATTRIBUTES.search(rest)
    if attributes:
        yield from shown(attributes[0])
        rest = rest[: attributes.start()]
    plain = _FLAGS.sub("", _KIND.sub("", rest, count=1) if rest.startswith("{") else rest).strip()
    title = _TITLE.match(plain)
    yield (title[1] + plain[title.end() :] if title else plain).strip(" \t:\"'")


def _options(state: StateBlock, line: int, end: int) -> tuple[int, list[str]]:
    """The first line after a directive's options, and what of them is for readers."""
    captions = []
    while line < end and _OPTION.match(text := _line(state, line)):
        read = _READ_OPTION.match(text)
        captions += [read[1]] if read else []
        line += 1
    return line, captions


def _closing(state: StateBlock, start: int, end: int, marker: str) -> int:
    """The line that closes a fence, or the one after the last of its block."""
    for line in range(start + 1, end):
        text = _line(state, line)
        if text and state.sCount[line] < state.blkIndent:
            return line
        if text.startswith(marker) and not text.strip(marker[0] + " \t") and not state.is_code_block(line):
            return line
    return end


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _paragraph(state: StateBlock, text: str, line: int) -> None:
    if not text:
        return
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = text, [line, line + 1], []
    state.push("paragraph_close", "p", -1)
