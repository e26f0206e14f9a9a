"""Jekyll's template tags: more than text only where Jekyll would process them, and outside code."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

# A tag on a line of its own takes the line with it. A tag that is not closed ends at the next one, and at the bound,
# so that the search stays linear.
_TAG = re.compile(
    r"(?:(?<=\n)[ \t]*+)?\{%-?\s*+(\w*+)((?:[^%{]|%(?!\})|\{(?!%)){0,4000}+)%\}(?:(?<=%\})[ \t]*+(?=\n))?"
)
_CONTENT = re.compile(r"\bcontent\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SITE = re.compile(r"\{\{-?\s*+(?:site|page|include|layout)\.[^{}]{0,500}\}\}")
_JEKYLL = re.compile(
    r"\{%-?\s*+(?:(?:include|include_relative|include_cached|link)\s++[\w./-]+\.\w+|post_url\s|endhighlight|endraw)"
    r"|\{\{-?\s*+site\."
)
_BLOCKS = ("raw", "comment", "highlight")  # between these tags and their ends, tags are not tags


def looks_like_jekyll(text: str, code: Container[int] = ()) -> bool:
    """Whether there are tags or variables that only a site of Jekyll has, at places that are not `code`."""
    return any(found.start() not in code for found in _JEKYLL.finditer(text))


def strip_liquid(text: str, code: Container[int] = ()) -> str:
    """Tags and the site's variables removed but at the places that are `code`; the text that an include carries, and
    what is between `raw` tags, kept.
    """
    return "".join(_pieces(text, code))


def _pieces(text: str, code: Container[int]) -> Iterator[str]:
    inside = ""  # the block that is open
    position = 0
    for tag in _TAG.finditer(text) if "{%" in text else ():
        if (inside and tag[1] != f"end{inside}") or text.index("{", tag.start()) in code:
            continue
        yield _piece(text, position, tag.start(), inside, code)
        inside = tag[1] if not inside and tag[1] in _BLOCKS else ""
        if tag[1] == "include" and (content := _CONTENT.search(tag[2])):
            yield f"\n\n{content[1] or content[2] or ''}\n\n"
        position = tag.end()
    yield _piece(text, position, len(text), inside, code)


def _piece(text: str, start: int, end: int, inside: str, code: Container[int]) -> str:
    if inside == "comment":
        return ""
    piece = text[start:end]
    return piece if inside else _SITE.sub(lambda found: found[0] if start + found.start() in code else "", piece)
