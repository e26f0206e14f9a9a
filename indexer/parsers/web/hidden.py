"""Elements of a page that a browser does not show, and no reader could make it show."""

from __future__ import annotations

import re
from typing import TypeAlias

from lxml import etree, html

from indexer.parsers.htmltext import HIDDEN, parse_tree
from indexer.parsers.web.census import HEADINGS, Counted, census

_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_COLLAPSED = frozenset(("tr", "tbody", *HEADINGS))  # rows of a closed tree; headings that only a contents list shows
_STREAMED = re.compile("S:[0-9a-f]+")  # React sends parts hidden, for a script to put in their place
_PANEL = "tabpanel"  # all but one are hidden until the reader chooses another
_OPENERS = "//*[@aria-expanded or @aria-controls or @role='tab' or @data-toggle or @data-bs-toggle]"
_TARGETS = ("aria-controls", "href", "data-target", "data-bs-target")
_LETTER = re.compile(r"[^\W\d_]")
_LABEL = 3  # words from which on the button that opens a part is its heading, and no "Menu"

Element: TypeAlias = html.HtmlElement


def strip_hidden(tree: Element) -> None:
    """Take out the elements that browsers do not show. One that holds most of the page was never closed, or is all that
    the page shows without scripts.
    """
    _show_buttons(tree)
    _show_frames(tree)
    etree.strip_elements(tree, "script", "style", "head", with_tail=False)
    if next(tree.iter(*HIDDEN), None) is None:
        return
    hidden: list[Counted] = []
    for element, count in census(tree):
        if element.tag in HIDDEN:
            hidden.append((element, count))
    for element, part in hidden:
        if 2 * part.words > count.words:
            element.tag = "div"
    etree.strip_elements(tree, *HIDDEN, with_tail=False)


def is_hidden(element: Element) -> bool:
    """Whether an attribute hides an element, for good."""
    if element.tag in _COLLAPSED or element.tag in ("html", "body") or element.get("role") == _PANEL:
        return False
    unseen = element.get("aria-hidden") == "true" or element.get("hidden", "until-found") != "until-found"
    if unseen and _STREAMED.fullmatch(element.get("id") or ""):
        return False
    if not unseen and _UNSEEN.search(element.get("style") or "") is None:
        return False
    return next(element.iter("math"), None) is None  # the formula behind a picture of it


def panels(tree: Element) -> frozenset[str]:
    """The ids of the parts that a reader opens: by tabs, and by buttons such as those of questions and answers."""
    return frozenset(
        name.removeprefix("#")
        for opener in tree.xpath(_OPENERS)
        for attribute in _TARGETS
        for name in (opener.get(attribute) or "").split()
    )


def _show_buttons(tree: Element) -> None:
    """Buttons are no text, but for a heading that opens its section, or a word of a sentence."""
    for button in list(tree.iter("button")):
        if _is_text(button):
            button.tag = "span"
        elif button.get("aria-expanded") and len(button.text_content().split()) >= _LABEL:
            button.tag = "div"


def _is_text(button: Element) -> bool:
    """Whether a button stands in a heading or a term, or between the words of a paragraph."""
    line = next(button.iterancestors("p", "dt", "summary", *HEADINGS), None)
    if line is None or line.tag != "p":
        return line is not None
    before = button.getprevious()
    beside = button.getparent().text if before is None else before.tail
    return _LETTER.search(f"{beside or ''}{button.tail or ''}") is not None


def _show_frames(tree: Element) -> None:
    """Show what a page of frames says to browsers without them: all that it says, and to lxml text with tags in it."""
    for element in tree.iter("noframes"):
        inside = parse_tree(element.text or "")
        element.tag, element.text = "div", None
        if inside is not None:
            element.extend(inside)
