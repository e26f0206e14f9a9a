"""The element of a page around its content, told from the words that trafilatura took for content."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, islice, takewhile
from typing import TypeAlias

from lxml import html

from indexer.parsers.web.census import HEADINGS, Count, Counted, census, outermost
from indexer.parsers.web.leftout import LeftOut, left_out
from indexer.parsers.web.names import classes, names_post

_SHARE = 0.85  # of what trafilatura found, that the lowest element around the content holds
_MOST = 0.5  # of what trafilatura found, or of the page, that an element holds which is said to be the content
_FEWEST = 10  # words below which trafilatura has found nothing to point with
_BESIDE = 0.1  # words that a larger element may have more, for each word, to be the one that is read
_ASIDE = 0.5  # words that it may have more with those that are not read
_TITLE = 20  # words that it may have more besides, whatever it is
_REPLIES = 0.25  # words of other posts, for each word of the one that was found, from which on they are a thread
_POSTS_AROUND = 3  # levels of posts in posts that are looked at

_LINKS_AWAY = ".//a[@href and not(starts-with(@href, '#'))]"
_HOLDERS = frozenset(("html", "body", "div", "section", "article", "main", "form", "center", "td"))

Element: TypeAlias = html.HtmlElement


def region_of(tree: Element, marks: bytes | bytearray) -> tuple[Counted, bool]:
    """The element around the content, and whether it is a thread of posts.

    It is the one that the page says to be its content, if that holds most of the marked words; else the lowest one that
    holds nearly all of them, or one around that which has little more to read.
    """
    found = sum(marks)
    around: list[Counted] = []  # the lowest element that holds nearly all, and those around it
    said: list[Counted] = []
    for page in census(tree, marks):  # which comes last itself
        element, count = page
        if element.tag in _HOLDERS and found >= _FEWEST and count.marked >= _SHARE * found:
            around.append(page)
        if element.tag == "article" or _is_main(element):
            said.append(page)
    if around:
        most, least = _MOST * found, around[0][1].words  # an article may be one of many
        said = [part for part in said if part[1].marked >= most and (_is_main(part[0]) or part[1].words >= least)]
    else:
        said = [part for part in said if part[1].words >= _MOST * page[1].words]
    if said:
        region = max(said, key=lambda part: part[1].words)
    else:
        region = _with_sections(_widened(around, left_out(tree, marks)), around) if around else page
    thread = _thread_of(*region)
    return (region, False) if thread is None else (thread, True)


def _is_main(element: Element) -> bool:
    return bool(element.tag == "main" or element.get("role") == "main")


def _widened(around: Sequence[Counted], parts: LeftOut) -> Counted:
    """The lowest of the elements around the content, or one that has its title as well and little more to read."""
    lowest = around[0][1]
    gone = [count for count in outermost(parts.named + parts.linked) if not count.start <= lowest.start < count.end]
    starts = [count.start for count in gone]
    words = [0, *accumulate(count.words for count in gone)]

    def kept(count: Count) -> int:
        return count.words - words[bisect_left(starts, count.end)] + words[bisect_left(starts, count.start)]

    most, most_kept = (1 + _ASIDE) * lowest.words + _TITLE, (1 + _BESIDE) * kept(lowest) + _TITLE
    narrow = takewhile(lambda part: part[1].words <= most and kept(part[1]) <= most_kept, around)
    return max(narrow, key=lambda part: part[1].headings)  # of several the first, which is the lowest


def _with_sections(region: Counted, around: Sequence[Counted]) -> Counted:
    """The element around sections, where the region is one of them: those beside it have its class, and headings."""
    element = region[0]
    others = _others_beside(element) if element.tag == "section" or classes(element) else ()
    beside = (heading for other in others for heading in other.iter(*HEADINGS))
    if all(heading.xpath(_LINKS_AWAY) for heading in beside):  # teasers, if any
        return region
    return next((part for part in around if part[0] is element.getparent()), region)


def _thread_of(region: Element, count: Count) -> Counted | None:
    """The element around a thread, where the region is one of several posts side by side, or is inside of one."""
    posts = ((post, _others_beside(post)) for post in (region, *region.iterancestors()) if names_post(post))
    for post, others in islice(((post, others) for post, others in posts if others), _POSTS_AROUND):
        before = said = 0
        for counted in census(post.getparent()):
            if counted[0] is region:
                before = counted[1].start
            elif counted[0] in others:
                said += counted[1].words - counted[1].linked
        if said >= _REPLIES * count.words:
            return counted[0], replace(counted[1], start=count.start - before)
    return None


def _others_beside(part: Element) -> set[Element]:
    """The elements that are like one, by most of their classes, and have the same parent."""
    above, names = part.getparent(), classes(part)
    beside = () if above is None else above.iterchildren(part.tag)
    return {other for other in beside if other is not part and _are_alike(classes(other), names)}


def _are_alike(some: frozenset[str], others: frozenset[str]) -> bool:
    return some == others or 2 * len(some & others) > max(len(some), len(others))
