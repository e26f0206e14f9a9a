"""Takes out of a page what nobody reads there: what is hidden, marks, menus, forms, footers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from lxml import html

from indexer.parsers.web.beside import agreeing, consents, invitations, leads_on
from indexer.parsers.web.census import Count, Counted, census, outermost
from indexer.parsers.web.hidden import is_hidden, panels, strip_hidden
from indexer.parsers.web.marks import marks
from indexer.parsers.web.names import names_path

_ELEMENTS = frozenset(("nav", "footer", "search", "aside", "dialog"))
_ROLES = frozenset(
    """alertdialog banner complementary contentinfo dialog menu menubar navigation search toolbar tooltip""".split()  # noqa: SIM905
)
_NOTES = "//aside[ancestor::main or ancestor::article or ancestor::*[@role='main']]"
_MOST_HIDDEN = 0.8  # share of a page's words that may be hidden; what is more, a script shows
_MOST_FURNITURE = 0.5
_FORM = 100  # words of a form; longer ones stand around the posts of a thread, or around all of a page
_PATH = 60  # words of a path of links down to the page

Element: TypeAlias = html.HtmlElement


def remove_clutter(tree: Element, *, fragment: bool = False) -> None:
    """Take out of a tree what is not read. What holds most of a page's words stays, whatever it is: some pages are one
    form, or hidden until a script has run. Around a `fragment` there is no furniture.
    """
    opened = panels(tree)
    buttons = agreeing(tree)
    strip_hidden(tree)
    for mark in list(marks(tree)):
        mark.clear(keep_tail=True)
        mark.tag = "span" if mark.tag == "a" else mark.tag  # it is no link of a list of links
    notes = _notes(tree)
    hidden: list[Counted] = []
    furniture: list[Counted] = []
    counts: dict[Element, Count] = {}
    for element, count in census(tree):
        counts[element] = count
        if not fragment and element not in notes and _is_furniture(element, count):
            furniture.append((element, count))
        elif is_hidden(element) and element.get("id") not in opened:
            hidden.append((element, count))
    total = count.words  # of the page, which came last
    if not fragment:
        furniture += [(part, counts[part]) for part in consents(buttons, counts)]
        furniture += [(part, counts[part]) for part in invitations(tree, counts, _FORM)]
    unread = [part for part in furniture if part[1].words <= _MOST_FURNITURE * total]
    if sum(part.words for part in outermost(hidden)) <= _MOST_HIDDEN * total:
        unread += hidden
    if sum(part.words for part in outermost(unread)) < total:
        drop(element for element, _ in unread)
    for picture in tree.xpath("//figure[figcaption]//img[@alt]"):
        picture.set("alt", "")  # the caption says it better


def drop(elements: Iterable[Element]) -> None:
    """Empty elements of all that is in them. They stay, so that what stood on both sides of a block stays apart."""
    for element in elements:
        element.clear(keep_tail=True)


def _notes(tree: Element) -> set[Element]:
    """The asides that belong to the content: they stand inside of it, and not beside an article."""
    around_articles = {article.getparent() for article in tree.iter("article")}
    return {aside for aside in tree.xpath(_NOTES) if aside.getparent() not in around_articles}


def _is_furniture(element: Element, count: Count) -> bool:
    tag = element.tag
    if tag == "form":
        return count.words <= _FORM
    if tag == "footer" and (parent := element.getparent()) is not None and parent.tag == "blockquote":
        return False  # whom it quotes
    if tag == "dialog" and element.get("open") is not None:
        return False
    if tag in _ELEMENTS or element.get("role") in _ROLES:
        return True
    if leads_on(element, count):
        return True
    return count.links > 0 and count.words <= _PATH and not count.headings and names_path(element)
