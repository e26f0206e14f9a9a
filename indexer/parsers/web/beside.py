"""Parts of a page that stand beside its content, told by what they do: ask for consent, take a comment or an address,
lead to other pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from lxml import html

from indexer.parsers.web.census import HEADINGS, Count

Element: TypeAlias = html.HtmlElement
Counts: TypeAlias = Mapping[Element, Count]

_CONSENT = 120  # words of a banner
_AGREES = re.compile(
    r"""(?<!\w) (?: accept\w* | agree | allow | got\ it | i\ understand | decline | reject | akzept\w* | zustimmen
    | ablehnen | einverstanden | acept\w* | rechaz\w* | refuser | tout\ accepter | accett\w* | rifiut\w* | accepteren
    | weigeren | aceit\w* | godkänn | godta | 同意 | 接受 | принять )""",
    re.VERBOSE | re.IGNORECASE,
)
_LABEL = 60  # code points of a button that are looked at
_BUTTONS = "//button|//input[@type='submit' or @type='button']|//a[@role='button' or contains(@class, 'btn')]"
_TAKES = ".//textarea|.//input[@type='email']"  # of a form: it wants a comment or an address, not a search
_INVITATION = 30  # words around such a form
_BOXES = frozenset(("div", "section", "aside", "ul", "ol"))
_TEASERS, _SUMMARY = 3, 60  # that a list of them has, and words of each


def agreeing(tree: Element) -> list[Element]:
    """The elements around the buttons that agree to something, or refuse it."""
    buttons = tree.xpath(_BUTTONS)
    return [button.getparent() for button in buttons if _AGREES.search(_said(button)[:_LABEL])]


def consents(around: Sequence[Element], counts: Counts) -> Iterator[Element]:
    """Banners that ask for consent to cookies: the widest boxes of so few words around a button that gives it."""
    for inner in around:
        boxes = [
            box
            for box in (inner, *inner.iterancestors())
            if box.tag in _BOXES and box in counts and counts[box].words <= _CONSENT and not _has_title(box)
        ]
        if boxes and "cookie" in boxes[-1].text_content().lower():
            yield boxes[-1]


def invitations(tree: Element, counts: Counts, most: int) -> Iterator[Element]:
    """Boxes and headings around and above the forms of at most `most` words that take a comment or an address."""
    for form in tree.iter("form"):
        if form not in counts or counts[form].words > most or not form.xpath(_TAKES):
            continue
        box = form
        while (above := box.getparent()) is not None and above.tag in _BOXES and not _has_title(above):
            if counts[above].words - counts[form].words > _INVITATION:
                break
            box = above
        yield box
        before = box.getprevious()
        if before is not None and before.tag in HEADINGS - {"h1"} and not (before.tail or "").strip():
            yield before


def leads_on(element: Element, count: Count) -> bool:
    """Whether an element is a list of other pages, each with a heading that is its link, and a summary."""
    if element.tag not in _BOXES or count.links < _TEASERS or count.headings > 1:
        return False
    headings = list(element.iter(*HEADINGS))
    leading = [heading for heading in headings if _is_link(heading)]
    if len(leading) < _TEASERS or count.words > _SUMMARY * (len(leading) + 1):
        return False
    others = [heading for heading in headings if heading not in leading]
    first = not others or (others == headings[:1] and others[0].tag != "h1")
    return first and next(element.iter("pre", "table"), None) is None


def _is_link(heading: Element) -> bool:
    """Whether all of a heading leads to another page."""
    links = [link for link in (*heading.iter("a"), *heading.iterancestors("a")) if link.get("href")]
    if not links or links[0].get("href").startswith("#"):
        return False
    around = heading.getparent() is links[0]
    return around or bool(links[0].text_content().strip() == heading.text_content().strip())


def _said(button: Element) -> str:
    return str(button.get("value") or button.text_content())


def _has_title(element: Element) -> bool:
    return next(element.iter("h1"), None) is not None
