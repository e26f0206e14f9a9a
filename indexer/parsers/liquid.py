"""Jekyll's and GitBook's template tags: more than text only where such a site would process them, and outside code."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

# A tag that is not closed ends at the next one, and at the bound, so that the search stays linear. `{{% a %}}` is of
# Hugo.
_TAG = re.compile(
    r"(?:(?<=\n)[ \t]*+)?(?<!\{)\{%-?\s*+(\w*+)((?:[^%{]|%(?!\})|\{(?!%)){0,4000}+)%\}(?:(?<=%\})[ \t]*+(?=\n))?"
)
# What an include or a tab of GitBook shows of its parameters; `assign title = "x"` shows nothing.
_SHOWN = re.compile(r"\b(?:content|title|caption|alt|label|description|date)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)')")
_SHOWING = frozenset(
    ("include", "include_cached", "include_relative", "tab", "code", "embed", "file", "prompt", "update")
)
_SITE = re.compile(
    r"\{\{-?\s*+(?:(?:site|page|include|layout)\.|(?:\"[^\"{}]{0,500}+\"|'[^'{}]{0,500}+')\s*+\|)[^{}]{0,500}\}\}"
)
_JEKYLL = re.compile(
    r"\{%-?\s*+(?:(?:include|include_relative|include_cached|link)\s++[\w./-]+\.\w+|post_url\s|endhighlight|endraw)"
    r"|\{%\s*+(?:hint\s++style=|endhint|embed\s++url=|endtabs|endcode|endstepper|endcontent-ref|endupdate)"
    r"|\{\{-?\s*+site\."
)
_BLOCKS = ("raw", "comment", "highlight")  # between these tags and their ends, tags are not tags
_FENCE = "~" * 12  # longer than what code is likely to hold


def looks_like_jekyll(text: str, code: Container[int] = ()) -> bool:
    """Whether there are tags or variables that only a site of Jekyll or GitBook has, at places that are not `code`."""
    return any(found.start() not in code for found in _JEKYLL.finditer(text))


def strip_liquid(text: str) -> str:
    """`liquid_edits` made in a text of HTML, which has no fences."""
    parts: list[str] = []
    position = 0
    for start, end, replacement in liquid_edits(text):
        parts += (text[position:start], replacement)
        position = end
    return "".join((*parts, text[position:]))


def liquid_edits(text: str, code: Container[int] = (), fences: bool = False) -> Iterator[tuple[int, int, str]]:
    """Start, end and replacement of each tag and variable of the site, but at the places that are `code`.

    The text that an include carries, and what is between `raw` tags, stays; `highlight` becomes a fence of Markdown
    where `fences` are wanted.
    """
    inside = ""  # the block that is open
    fenced = False  # and whether it is a fence
    position = 0
    for tag in _TAG.finditer(text) if "{%" in text else ():
        if (inside and tag[1] != f"end{inside}") or text.index("{", tag.start()) in code:
            continue
        yield from _between(text, position, tag.start(), inside, code)
        opens = fences and not inside and tag[1] == "highlight" and _begins_fence(text, tag)
        if opens or fenced:
            indent = "" if tag[0].startswith("{") else tag[0][: tag[0].index("{")]
            yield tag.start(), tag.end(), f"{indent if _begins_line(text, tag) else chr(10)}{_FENCE}"
        else:
            yield tag.start(), tag.end(), _shown(tag) if tag[1] in _SHOWING else ""
        fenced = opens
        inside = tag[1] if not inside and tag[1] in _BLOCKS else ""
        position = tag.end()
    yield from _between(text, position, len(text), inside, code)


def _begins_line(text: str, tag: re.Match[str]) -> bool:
    return text[tag.start() - 1 : tag.start()] in ("", "\n")


def _begins_fence(text: str, tag: re.Match[str]) -> bool:
    """Whether a tag has its line for itself and is closed, but not in a block of HTML, where a fence would be text."""
    alone = _begins_line(text, tag) and text[tag.end() : tag.end() + 1] in ("", "\n")
    if not alone or text.find("endhighlight", tag.end()) < 0:
        return False
    above = text[text.rfind("\n", 0, max(tag.start() - 1, 0)) + 1 : tag.start()]
    return not above.lstrip().startswith("<")


def _shown(tag: re.Match[str]) -> str:
    values = (found[1] or found[2] or "" for found in _SHOWN.finditer(tag[2]))
    text = "\n\n".join(value for value in values if value)
    return f"\n\n{text}\n\n" if text else ""


def _between(text: str, start: int, end: int, inside: str, code: Container[int]) -> Iterator[tuple[int, int, str]]:
    """The edits of a piece between two tags: comments go, and so do the site's variables."""
    if inside == "comment":
        yield start, end, ""
    elif not inside and "{{" in text:
        for found in _SITE.finditer(text, start, end):
            if found.start() not in code:
                yield found.start(), found.end(), ""
