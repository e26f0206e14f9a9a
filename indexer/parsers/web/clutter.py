"""Takes out of a page what nobody reads there: what is hidden, menus, forms, footers, marks of links to headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from lxml import etree, html

from indexer.parsers.htmltext import HIDDEN
from indexer.parsers.web.census import census, outermost
from indexer.parsers.web.names import classes

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ELEMENTS = frozenset(("nav", "footer", "form", "search", "aside", "dialog"))
_ROLES = frozenset(
    """alertdialog banner complementary contentinfo dialog menu menubar navigation search toolbar tooltip""".split()  # noqa: SIM905
)
_NOTES = "//aside[ancestor::main or ancestor::article or ancestor::*[@role='main']]"  # sidebars stand outside of these
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_COLLAPSED = frozenset(("tr", "tbody", *_HEADINGS))  # rows of a closed tree; headings that only a contents list shows
_PANEL = "tabpanel"  # all but one are hidden until the reader chooses another

# Sphinx, MediaWiki, Pygments, Doxygen: what their readers click on, and numbers of lines.
_TOOLS = frozenset(
    ("headerlink", "viewcode-link", "viewcode-back", "mw-editsection", "mw-cite-backlink", "mw-jump-link")
)
_NUMBERS = frozenset(("linenos", "lineno", "linenumber", "line-number", "line-numbers", "ttc"))
_PERMALINK = re.compile(r"anchor|permalink|hash-?link|self-?link|header-?link|heading-?link|copiable", re.IGNORECASE)
_MARK = re.compile(
    r"[\s\u00a0\u200b\ufe0e\ufe0f¶#§†*∞◆◇⚓\U0001f517]*|\[?(?:permalink|link|anchor|edit|source|src|docs)\]?"
)
_LINKED_FROM = frozenset((*_HEADINGS, "dt", "caption", "figcaption", "summary"))
_NEAR = 4  # levels from a mark up to its heading
_LONGEST_MARK = 24

Element: TypeAlias = html.HtmlElement


def remove_clutter(tree: Element) -> None:
    """Take out of the tree of a page what is not read. What holds most of the page's words stays, whatever it is: some
    pages are one form, or hidden until a script has run.
    """
    _show_buttons_of_headings(tree)
    _drop_noscript(tree)
    etree.strip_elements(tree, *HIDDEN, with_tail=False)
    notes = set(tree.xpath(_NOTES))
    unread, total = [], 0
    for element, count in census(tree):
        total = count.words
        if _is_hidden(element) or (element not in notes and _is_furniture(element)):
            unread.append((element, count))
    unread = [(element, count) for element, count in unread if 2 * count.words <= total]
    if sum(count.words for count in outermost(unread)) < total:
        drop(element for element, _ in unread)
    drop(list(_marks(tree)))
    for picture in tree.xpath("//figure[figcaption]//img[@alt]"):
        picture.set("alt", "")  # the caption says it better


def drop(elements: list[Element] | Iterator[Element]) -> None:
    """Empty elements of all that is in them. They stay, so that what stood on both sides of a block stays apart."""
    for element in elements:
        element.clear(keep_tail=True)


def _show_buttons_of_headings(tree: Element) -> None:
    """A heading that opens its section is a button, and still the heading."""
    for button in tree.xpath("//button[ancestor::h1|ancestor::h2|ancestor::h3|ancestor::h4|ancestor::h5|ancestor::h6]"):
        button.tag = "span"


def _drop_noscript(tree: Element) -> None:
    """Without scripts some pages show all their text, and others a request to allow scripts."""
    etree.strip_elements(tree, *(name for name in HIDDEN if name != "noscript"), with_tail=False)
    total, sizes = 0, []
    for element, count in census(tree):
        total = count.words
        if element.tag == "noscript":
            sizes.append((element, count.words))
    for element, words in sizes:
        if 2 * words > total:
            element.tag = "div"


def _is_hidden(element: Element) -> bool:
    """Whether a browser would not show an element, and no reader could make it."""
    if element.tag in _COLLAPSED or element.tag in ("html", "body") or element.get("role") == _PANEL:
        return False
    unseen = element.get("aria-hidden") == "true" or element.get("hidden", "until-found") != "until-found"
    if not unseen and _UNSEEN.search(element.get("style") or "") is None:
        return False
    return next(element.iter("math"), None) is None  # the formula behind a picture of it


def _is_furniture(element: Element) -> bool:
    if element.tag == "footer" and (parent := element.getparent()) is not None and parent.tag == "blockquote":
        return False  # whom it quotes
    if element.tag == "dialog" and element.get("open") is not None:
        return False
    return element.tag in _ELEMENTS or element.get("role") in _ROLES


def _marks(tree: Element) -> Iterator[Element]:
    """Links from a heading to itself, links to edit a section or to read its source, numbers of lines of code."""
    for element in tree.iter("a", "span", "td", "th", "div"):
        names = classes(element)
        if names & (_TOOLS | _NUMBERS):
            yield element
        elif element.tag == "a" and _is_mark(element, names):
            _leave_anchor(element)
            yield element


def _is_mark(link: Element, names: frozenset[str]) -> bool:
    text = _short_text(link)
    if text is None or not link.get("href") or _MARK.fullmatch(text.lower()) is None:
        return False
    if any(_PERMALINK.search(name) for name in names):
        return True
    return "#" in link.get("href") and link.find("img") is None and _heading_above(link) is not None


def _leave_anchor(link: Element) -> None:
    """A link from a heading to itself tells the anchor of the heading."""
    heading, (_, _, anchor) = _heading_above(link), link.get("href").partition("#")
    if heading is not None and anchor and not heading.get("id"):
        heading.set("id", anchor)


def _heading_above(element: Element) -> Element | None:
    return next((above for above in islice(element.iterancestors(), _NEAR) if above.tag in _LINKED_FROM), None)


def _short_text(element: Element) -> str | None:
    """Text of an element, None if it is too long for a mark."""
    parts = list(islice(element.itertext(), 8))
    text = "".join(parts).strip()
    return text if len(parts) < 8 and len(text) <= _LONGEST_MARK else None
