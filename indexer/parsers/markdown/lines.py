"""Lines and marks that a site generator reads and a reader never sees: attribute lists, labels, places of contents."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from indexer.parsers.markdown.draft import Edit

# Classes, ids and key-value pairs. A tuple of Elixir (`{:ok, x}`) is none, nor is a placeholder (`{id}`).
_ATTRIBUTE = r"(?:(?:[.#][\w:-]+)+|[\w-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s{}\"',]+))"
_ATTRIBUTES = rf"[ \t]*{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*[ \t]*"
HEADING_ATTRIBUTES = re.compile(rf"(?<![ \t])[ \t]*+\{{(?::?{_ATTRIBUTES}|:toc)\}}[ \t]*$")

# kramdown's have a colon (https://kramdown.gettalong.org/syntax.html#attribute-list-definitions), those of Goldmark,
# MkDocs and Pandoc none.
_LISTS = re.compile(
    rf"""^[ \t>]*\{{(?=[ \t]*(?:[.#:]|[a-z-]{{3,}}=)|[^{{}}\n]*=[\"'])(?::?{_ATTRIBUTES}|:toc)\}}[ \t]*$  # alone
      |(?<![ \t])[ \t]*+\{{:(?:{_ATTRIBUTES}|toc)\}}[ \t]*$      # at the end of a line
      |(?<=[)\]])\{{:?{_ATTRIBUTES}\}}                           # of a link, an image
      |(?<=[`*_])\{{:?(?=[ \t]*[.#]){_ATTRIBUTES}\}}             # of a span
      |(?<!\w)\[(?P<span>[^\[\]\n]{{1,300}})\]\{{:?(?=[ \t]*[.#]){_ATTRIBUTES}\}}""",
    re.MULTILINE | re.VERBOSE,
)
_LINES = re.compile(
    r"""^[ \t]*(?:[-*+]|\d{1,9}\.)[ \t]+[^\n]*(?=\n[ \t]*\{:toc)  # the item that kramdown's contents replace
      |^[ \t]*\[(?:TOC|toc|\[_?(?:TOC|toc)_?\])\][ \t]*$
      |^[ \t]*\([\w:./ -]+\)=[ \t]*$                              # a label of MyST
      |^[ \t]*-{1,4}8<-{1,4}[ \t]*\"[^\"\n]*\"[ \t]*$             # a snippet of MkDocs""",
    re.MULTILINE | re.VERBOSE,
)
_MYST = re.compile(r"^(?:`{3,}|:{3,})\{[a-z][\w:.-]*\}|^\([\w:./ -]+\)=[ \t]*$|\{[a-z][\w:]*\}`[^`\n]+`", re.MULTILINE)
_MYST_LINES = re.compile(  # comments, which may hold marks of code, and breaks between cells
    r"^%(?: [^\n]*)?(?:\n%(?: [^\n]*)?)*+$|^\+\+\+(?:[ \t][^\n]*)?$", re.MULTILINE
)
_TAB = re.compile(r"^([ \t]*)===[!+]?[ \t]+(?=\"[^\"\n]+\"[ \t]*$)", re.MULTILINE)  # of MkDocs: as an admonition
_ABBREVIATION = re.compile(r"^\*\[([^\]\n]+)\]:(?=[ \t])", re.MULTILINE)


def line_edits(text: str, code: Container[int]) -> Iterator[Edit]:
    """The edits that take them out of `text`, but for what is in `code`."""
    edits = [(found, found["span"] or "") for found in _LISTS.finditer(text)]
    edits += [(found, "") for pattern in _patterns(text, code) for found in pattern.finditer(text)]
    edits += [(found, f"{found[1]}!!! tab ") for found in _TAB.finditer(text)]
    edits += [(found, f"{found[1]}:") for found in _ABBREVIATION.finditer(text)]
    for found, replacement in sorted(edits, key=lambda edit: edit[0].start()):
        if found.start() not in code and (found[0].startswith("%") or found.end() - 1 not in code):
            yield found.start(), found.end(), replacement


def _patterns(text: str, code: Container[int]) -> Iterator[re.Pattern[str]]:
    yield _LINES
    if any(found.start() - 1 not in code for found in _MYST.finditer(text)):  # a directive's fence looks like code
        yield _MYST_LINES
