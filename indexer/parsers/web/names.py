"""Meanings of the names that a page gives its parts: classes and ids, word by word."""

from __future__ import annotations

import re

from lxml import html

from indexer.parsers.web.census import HEADINGS

# Around the content on pages of every kind.
_CLUTTER = re.compile(
    r"""ads? | advert\w* | banners? | breadcrumbs? | crumbs | comments | consent | cookies? | disqus | footers? | gdpr
    | login | modal | nav | nav(?:bar|box|footer|header|igation|list|path) | newsletters? | noprint | outbrain | pagers?
    | pagination | paywall | popular | popups? | promo\w* | recirc | recommend\w* | related\w* | share | sharedaddy
    | sharing | sidebars? | signup | skip | social | sponsor\w* | subnav | subscri\w* | taboola | tocs? | toolbar
    | topnav | trending""",
    re.VERBOSE,
)
_CALLOUTS = frozenset(
    """admonition alert attention callout caution danger example hint important info note notice tip
    warning""".split()  # noqa: SIM905
)
_POSTS = frozenset(("answer", "comment", "entry", "message", "post", "reply"))
_PATH = frozenset(("breadcrumb", "breadcrumbs", "crumbs"))
_HIDING = frozenset(("hidden", "hide", "d-none", "is-hidden", "sr-only", "visually-hidden", "screen-reader-text"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LONGEST = 400  # characters of names that are looked at; generated ones run to thousands


def names_clutter(element: html.HtmlElement) -> bool:
    """Whether a class or id of an element names something around the content, such as `site-footer` or `topNav`, or
    hides it.
    """
    if classes(element) & _HIDING or _has_clutter(element.get("class")):
        return True
    return _has_clutter(element.get("id")) and not _is_slug(element)


def names_path(element: html.HtmlElement) -> bool:
    """Whether an element is the path of links from the home page down to this one."""
    return bool(_words(element) & _PATH) or (element.get("itemtype") or "").endswith("/BreadcrumbList")


def names_post(element: html.HtmlElement) -> bool:
    """Whether an element is an article, or named as one of many: a post of a thread, an answer to a question."""
    return element.tag == "article" or bool(_words(element) & _POSTS)


def names_callout(element: html.HtmlElement) -> bool:
    """Whether an element is a note, a caution or the like, set apart from the text that it belongs to."""
    return element.tag == "aside" or element.get("role") in ("alert", "note") or bool(_words(element) & _CALLOUTS)


def classes(element: html.HtmlElement) -> frozenset[str]:
    """The classes of an element, in lower case."""
    return frozenset((element.get("class") or "")[:_LONGEST].lower().split())


def _has_clutter(names: str | None) -> bool:
    return any(_CLUTTER.fullmatch(word) for word in _split(names))


def _is_slug(element: html.HtmlElement) -> bool:
    """Whether the id of an element is made of its heading, which may well be "Cookies"."""
    heading = next(element.iter(*HEADINGS), None)
    return heading is not None and _split(element.get("id")) <= _split(heading.text_content().lower())


def _words(element: html.HtmlElement) -> frozenset[str]:
    return _split(f"{element.get('class') or ''} {element.get('id') or ''}")


def _split(names: str | None) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall((names or "")[:_LONGEST]))
