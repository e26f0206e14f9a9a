"""Marks that readers do not read: marks of links to headings, links to edit a section, numbers of lines, icons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from lxml import html

from indexer.parsers.web.census import HEADINGS
from indexer.parsers.web.names import classes

# Sphinx, MediaWiki, Pygments, Doxygen; letters that stand for pictures.
_TOOLS = frozenset(
    ("viewcode-link", "viewcode-back", "mw-editsection", "editsection", "mw-cite-backlink", "mw-jump-link")
)
_ICONS = frozenset(("arrow", "icona", "material-icons", "material-icons-outlined", "material-symbols-outlined", "ttc"))
_UNREAD = _TOOLS | _ICONS
_GUTTER = re.compile(
    r"(?:^|[-_\s])(?:lnt?|gutter|blob-num|line-?(?:no|num|number)s?)(?![a-z])", re.IGNORECASE
)  # Pygments, Chroma, Rouge, Prism, SyntaxHighlighter
_NUMBERS = re.compile(r"[\d\s]*", re.ASCII)

_PERMALINK = re.compile(r"anchor|permalink|hash-?link|self-?link|header-?link|heading-?link|copiable", re.IGNORECASE)
_MARK = re.compile(r"[\s\u200b\ufe0e\ufe0f¶#§†*∞◆◇⚓\U0001f517]*|\[(?:edit|source|src|docs|link)\]", re.IGNORECASE)
_SPOKEN = re.compile(r"(?:perma|direct |copy )?(?:link|anchor)(?: to .*)?", re.IGNORECASE | re.DOTALL)
_EDIT = re.compile(r"edit(?: source)?|source|src|link", re.IGNORECASE)  # in brackets of their own
_ELSEWHERE = re.compile(
    r"(?:skip|jump) (?:to|over|the)\b.*|(?:back|return|go) to (?:the )?top", re.IGNORECASE | re.DOTALL
)
_BACK = re.compile(r"[\s\ufe0e\ufe0f↩↑⤴⏎^]+")  # from a note to where it is referred to
_LINKED_FROM = frozenset((*HEADINGS, "dt", "caption", "figcaption", "summary"))
_NEAR = 4  # levels from a mark up to its heading
_LONGEST = 32  # characters of a mark

Element: TypeAlias = html.HtmlElement


def marks(tree: Element) -> Iterator[Element]:
    """The elements of a tree that are mere marks. A heading without an anchor gets the one that its mark tells."""
    for element in tree.iter("a", "span", "i", "td", "th", "div"):
        names = classes(element)
        if names and (not names.isdisjoint(_UNREAD) or _is_gutter(element)):
            yield element
        elif element.tag == "a" and _is_mark(element, names):
            _leave_anchor(element)
            yield element


def _is_gutter(gutter: Element) -> bool:
    """Whether an element holds numbers of lines, and nothing else. Beside a column of them code keeps its lines."""
    if _GUTTER.search(gutter.get("class")) is None or _NUMBERS.fullmatch(gutter.text_content()) is None:
        return False
    code = gutter.getnext()
    if gutter.tag == "td" and code is not None and len(gutter) > 1 and next(code.iter("pre"), None) is None:
        for block in code.iterchildren("div"):
            block.tag = "pre"
    return True


def _is_mark(link: Element, names: frozenset[str]) -> bool:
    text, target = _short_text(link), link.get("href")
    if text is None or not target:
        return False
    if _ELSEWHERE.fullmatch(text) or (text and _BACK.fullmatch(text)):
        return bool(target.startswith("#"))
    if any(_PERMALINK.search(name) for name in names):
        return (_MARK.fullmatch(text) or _SPOKEN.fullmatch(text)) is not None
    if _heading_above(link) is None:
        return False
    if _EDIT.fullmatch(text):
        return _take_brackets(link)
    return _MARK.fullmatch(text) is not None and (text.startswith("[") or ("#" in target and link.find("img") is None))


def _take_brackets(link: Element) -> bool:
    """Whether square brackets stand around a link; they are gone then."""
    before, above = link.getprevious(), link.getparent()
    opening = ((above.text if before is None else before.tail) or "").rstrip()
    closing = (link.tail or "").lstrip()
    if not (opening.endswith("[") and closing.startswith("]")):
        return False
    if before is None:
        above.text = opening[:-1]
    else:
        before.tail = opening[:-1]
    link.tail = closing[1:]
    return True


def _leave_anchor(link: Element) -> None:
    """A link from a heading, or from behind it, tells the anchor of the heading."""
    before = link.getprevious()
    heading = before if before is not None and before.tag in HEADINGS else _heading_above(link)
    anchor = link.get("href").partition("#")[2]
    if heading is not None and anchor and not heading.get("id"):
        heading.set("id", anchor)


def _heading_above(element: Element) -> Element | None:
    return next((above for above in islice(element.iterancestors(), _NEAR) if above.tag in _LINKED_FROM), None)


def _short_text(element: Element) -> str | None:
    """Text of an element, None if it is too long for a mark."""
    parts = list(islice(element.itertext(), 8))
    text = "".join(parts).strip()
    return text if len(parts) < 8 and len(text) <= _LONGEST else None
