"""Jekyll's template tags. It processes a file only if that has front matter: only then are they more than text."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A tag on a line of its own takes the line with it. A tag that is not closed ends at the next one, and at the bound,
# so that the search stays linear.
_TAG = re.compile(
    r"(?:(?<=\n)[ \t]*+)?\{%-?\s*+(\w*+)((?:[^%{]|%(?!\})|\{(?!%)){0,4000}+)%\}(?:(?<=%\})[ \t]*+(?=\n))?"
)
_CONTENT = re.compile(r"\bcontent\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SITE = re.compile(r"\{\{-?\s*+(?:site|page|include|layout)\.[^{}]{0,500}\}\}")
_BLOCKS = ("raw", "comment")  # between these tags and their ends, tags are not tags


def strip_liquid(text: str) -> str:
    """Tags and the site's variables removed; the text that an include carries, and what is between `raw` tags, kept."""
    return "".join(_pieces(text)) if "{%" in text else _SITE.sub("", text)


def _pieces(text: str) -> Iterator[str]:
    inside = ""  # the block that is open
    position = 0
    for tag in _TAG.finditer(text):
        if inside and tag[1] != f"end{inside}":
            continue
        yield _piece(text[position : tag.start()], inside)
        inside = tag[1] if not inside and tag[1] in _BLOCKS else ""
        if tag[1] == "include" and (content := _CONTENT.search(tag[2])):
            yield f"\n\n{content[1] or content[2] or ''}\n\n"
        position = tag.end()
    yield _piece(text[position:], inside)


def _piece(text: str, inside: str) -> str:
    if inside == "comment":
        return ""
    return text if inside == "raw" else _SITE.sub("", text)
