"""Takes out of a page what nobody reads there: what is hidden, menus, forms, footers, marks of links to headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from lxml import etree, html

from indexer.parsers.htmltext import HIDDEN
from indexer.parsers.web.census import HEADINGS, Count, Counted, census, outermost
from indexer.parsers.web.names import classes

_ELEMENTS = frozenset(("nav", "footer", "search", "aside", "dialog"))
_ROLES = frozenset(
    """alertdialog banner complementary contentinfo dialog menu menubar navigation search toolbar tooltip""".split()  # noqa: SIM905
)
_NOTES = "//aside[ancestor::main or ancestor::article or ancestor::*[@role='main']]"
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_COLLAPSED = frozenset(("tr", "tbody", *HEADINGS))  # rows of a closed tree; headings that only a contents list shows
_STREAMED = re.compile("S:[0-9a-f]+")  # React sends parts hidden, for a script to put in their place
_PANEL = "tabpanel"  # all but one are hidden until the reader chooses another

# Sphinx, MediaWiki, Pygments, Doxygen: what their readers click on, numbers of lines, letters that stand for pictures.
_TOOLS = frozenset(("viewcode-link", "viewcode-back", "mw-editsection", "mw-cite-backlink", "mw-jump-link"))
_NUMBERS = frozenset(("linenos", "lineno", "linenumber", "line-number", "line-numbers"))
_ICONS = frozenset(("arrow", "icona", "material-icons", "material-icons-outlined", "material-symbols-outlined", "ttc"))
_UNREAD = _TOOLS | _NUMBERS | _ICONS
_PERMALINK = re.compile(r"anchor|permalink|hash-?link|self-?link|header-?link|heading-?link|copiable", re.IGNORECASE)
_MARK = re.compile(r"[\s\u200b\ufe0e\ufe0f¶#§†*∞◆◇⚓\U0001f517]*|\[(?:edit|source|src|docs|link)\]", re.IGNORECASE)
_SPOKEN = re.compile(r"(?:perma|direct |copy )?(?:link|anchor)(?: to .*)?", re.IGNORECASE | re.DOTALL)
_SKIP = re.compile(r"(?:skip|jump) (?:to|over|the)\b.*", re.IGNORECASE | re.DOTALL)
_LINKED_FROM = frozenset((*HEADINGS, "dt", "caption", "figcaption", "summary"))
_NEAR = 4  # levels from a mark up to its heading
_LONGEST_MARK = 32
_MOST_HIDDEN = 0.8  # share of a page's words that may be hidden; what is more, a script shows
_MOST_FURNITURE = 0.5
_FORM = 100  # words of a form; longer ones stand around the posts of a thread, or around all of a page

Element: TypeAlias = html.HtmlElement


def remove_clutter(tree: Element) -> None:
    """Take out of the tree of a page what is not read. What holds most of the page's words stays, whatever it is: some
    pages are one form, or hidden until a script has run.
    """
    _show_buttons_of_headings(tree)
    _strip_hidden(tree)
    drop(list(_marks(tree)))
    notes = _notes(tree)
    hidden: list[Counted] = []
    furniture: list[Counted] = []
    for element, count in census(tree):
        if _is_hidden(element):
            hidden.append((element, count))
        elif element not in notes and _is_furniture(element, count):
            furniture.append((element, count))
    total = count.words  # of the page, which came last
    unread = [part for part in hidden if part[1].words <= _MOST_HIDDEN * total]
    unread += [part for part in furniture if part[1].words <= _MOST_FURNITURE * total]
    if sum(part.words for part in outermost(unread)) < total:
        drop(element for element, _ in unread)
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


def _strip_hidden(tree: Element) -> None:
    """Take out the elements that browsers do not show. One that holds most of the page was never closed, or is all that
    the page shows without scripts.
    """
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


def _notes(tree: Element) -> set[Element]:
    """The asides that belong to the content: they stand inside of it, and not beside an article."""
    around_articles = {article.getparent() for article in tree.iter("article")}
    return {aside for aside in tree.xpath(_NOTES) if aside.getparent() not in around_articles}


def _is_hidden(element: Element) -> bool:
    """Whether a browser would not show an element, and no reader could make it."""
    if element.tag in _COLLAPSED or element.tag in ("html", "body") or element.get("role") == _PANEL:
        return False
    unseen = element.get("aria-hidden") == "true" or element.get("hidden", "until-found") != "until-found"
    if unseen and _STREAMED.fullmatch(element.get("id") or ""):
        return False
    if not unseen and _UNSEEN.search(element.get("style") or "") is None:
        return False
    return next(element.iter("math"), None) is None  # the formula behind a picture of it


def _is_furniture(element: Element, count: Count) -> bool:
    tag = element.tag
    if tag == "form":
        return count.words <= _FORM
    if tag == "footer" and (parent := element.getparent()) is not None and parent.tag == "blockquote":
        return False  # whom it quotes
    if tag == "dialog" and element.get("open") is not None:
        return False
    return tag in _ELEMENTS or element.get("role") in _ROLES


def _marks(tree: Element) -> Iterator[Element]:
    """Links from a heading to itself, links to edit a section or to read its source, numbers of lines, icons."""
    for element in tree.iter("a", "span", "i", "td", "th", "div"):
        names = classes(element)
        if not names.isdisjoint(_UNREAD):
            yield element
        elif element.tag == "a" and _is_mark(element, names):
            _leave_anchor(element)
            yield element


def _is_mark(link: Element, names: frozenset[str]) -> bool:
    text, target = _short_text(link), link.get("href")
    if text is None or not target:
        return False
    if _SKIP.fullmatch(text) is not None:
        return bool(target.startswith("#"))
    if any(_PERMALINK.search(name) for name in names):
        return (_MARK.fullmatch(text) or _SPOKEN.fullmatch(text)) is not None
    if _MARK.fullmatch(text) is None or _heading_above(link) is None:
        return False
    return text.startswith("[") or ("#" in target and link.find("img") is None)


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
