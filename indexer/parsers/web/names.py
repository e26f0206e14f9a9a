"""What the names that a page gives its parts say of them: classes and ids, word by word."""

from __future__ import annotations

import re

from lxml import html

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
_HIDING = frozenset(("hidden", "hide", "d-none", "is-hidden", "sr-only", "visually-hidden", "screen-reader-text"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LONGEST = 400  # characters of names that are looked at; generated ones run to thousands


def names_clutter(element: html.HtmlElement) -> bool:
    """Whether a class or id of an element names something around the content, such as `site-footer` or `topNav`, or
    hides it.
    """
    return bool(classes(element) & _HIDING) or any(_CLUTTER.fullmatch(word) for word in _words(element))


def names_post(element: html.HtmlElement) -> bool:
    """Whether an element is an article, or named as one of many: a post of a thread, an answer to a question."""
    return element.tag == "article" or bool(_words(element) & _POSTS)


def names_callout(element: html.HtmlElement) -> bool:
    """Whether an element is a note, a caution or the like, set apart from the text that it belongs to."""
    return element.tag == "aside" or element.get("role") in ("alert", "note") or bool(_words(element) & _CALLOUTS)


def classes(element: html.HtmlElement) -> frozenset[str]:
    """The classes of an element, in lower case."""
    return frozenset((element.get("class") or "")[:_LONGEST].lower().split())


def _words(element: html.HtmlElement) -> frozenset[str]:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return frozenset(word.lower() for word in _WORD.findall(names[:_LONGEST]))
