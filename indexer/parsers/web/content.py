"""Where the content of a page stands: trafilatura tells which text is content, and the page is searched for it.

What trafilatura returns is no document to read: it drops headings, empties cells and breaks lines at code. So its text
only points at the element that holds it, of which everything is read but what is plainly no content.
"""

from __future__ import annotations

import logging
from typing import TypeAlias

from lxml import etree, html

from indexer.parsers.web.census import mark_shared, outermost
from indexer.parsers.web.clutter import drop
from indexer.parsers.web.leftout import LeftOut, left_out
from indexer.parsers.web.region import region_of

_LEFT = 0.4  # share of the content that lists of links must leave; else they are the content
_TRUSTED = 0.7  # share of the content that trafilatura found, from which on what it left out whole is none

# What trafilatura reads in reasonable time: it is quadratic in the length of a page and in the depth of its elements.
_ELEMENTS = 25_000
_DEPTHS = 750_000  # of all elements together

# Its messages about pages without content would reach stderr among ours.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

Element: TypeAlias = html.HtmlElement


def find_content(tree: Element) -> Element:
    """The element that holds the content of a page, with what is no content taken out of it.

    `tree` is the page without its clutter (web/clutter.py).
    """
    marks = mark_shared(tree, _extracted(tree))
    (region, count), thread = region_of(tree, marks)
    inside = marks[count.start : count.end]
    drop(_not_read(region, left_out(region, inside), inside, trusting=not thread))
    return region


def _not_read(region: Element, parts: LeftOut, marks: bytearray, trusting: bool) -> list[Element]:
    """Elements of the region to take out."""
    gone = parts.named + parts.linked
    left = len(marks) - sum(count.words for count in outermost(gone))
    if left < _LEFT * len(marks):
        gone = parts.named
    elif trusting and sum(marks) >= _TRUSTED * left:
        gone += parts.teasers
    return [element for element, _ in gone if element is not region]


def _extracted(tree: Element) -> str:
    """The text that trafilatura takes for the content; nothing for a page that it would read for minutes."""
    if not _is_readable(tree):
        return ""
    import trafilatura  # here: importing it takes longer than reading most of what is no page

    try:
        text = trafilatura.extract(tree, output_format="txt", include_comments=False, favor_recall=True)
    except Exception:  # a heuristic over arbitrary pages: what it trips over is read without its help
        return ""
    return text or ""


def _is_readable(tree: Element) -> bool:
    elements = depth = depths = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        depths += depth
        if elements > _ELEMENTS or depths > 2 * _DEPTHS:
            return False
    return True
