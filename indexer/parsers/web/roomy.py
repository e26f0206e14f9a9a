"""Which list items, definitions and table rows hold blocks of their own, and are more than a line."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree, html

_PARTS = frozenset(("li", "dd", "tr"))
_STRUCTURE = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "table"))
_PARAGRAPHS = frozenset(("p", "br", "div"))
_LONG = 500  # characters from which several paragraphs do not fit a line


@dataclass(slots=True)
class _Part:
    element: html.HtmlElement | None
    paragraphs: int = 0
    characters: int = 0
    roomy: bool = False


def roomy_parts(tree: html.HtmlElement) -> frozenset[html.HtmlElement]:
    """The <li>, <dd> and <tr> under `tree` that hold a heading, a table, lines of code or several long paragraphs: old
    pages are laid out by tables, Javadoc by lists. What holds a roomy part is roomy.
    """
    found: list[html.HtmlElement] = []
    stack = [_Part(None)]
    verbatim = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        opens, tag = event == "start", element.tag
        if tag in _PARTS:
            if opens:
                stack.append(_Part(element))
            else:
                _close(stack, found)
        elif opens and tag in _STRUCTURE:
            stack[-1].roomy = True
        elif opens and tag in _PARAGRAPHS:
            stack[-1].paragraphs += 1
        if tag == "pre":
            verbatim += 1 if opens else -1
            stack[-1].roomy |= verbatim == 1 and opens and _has_lines(element)
        text = element.text if opens else element.tail
        if text:
            stack[-1].characters += len(text.strip())
    return frozenset(found)


def _has_lines(code: html.HtmlElement) -> bool:
    """Whether code has more than a line, whatever parts them."""
    lines = code.xpath("count(.//br|.//div|.//p)")
    return bool(lines > 1 or "\n" in "".join(code.itertext()).strip("\n"))


def _close(stack: list[_Part], found: list[html.HtmlElement]) -> None:
    part = stack.pop()
    part.roomy |= part.paragraphs > 1 and part.characters > _LONG
    above = stack[-1]
    if part.roomy and part.element is not None:
        found.append(part.element)
        above.roomy = True
    above.characters += part.characters
    above.paragraphs += part.paragraphs
    if above.element is not None and above.element.tag == "tr":
        above.paragraphs += 1  # items of a list in a cell
