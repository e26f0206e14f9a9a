"""Which parts of a page are no content: what is named so, lists of links, teasers of other pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import html

from indexer.parsers.web.census import HEADINGS, Count, Counted, census
from indexer.parsers.web.names import names_callout, names_clutter

_UNMARKED = 0.1  # share of its words below which a part was left out by trafilatura
_LINKED = 0.5  # share of its words above which a part is a list of links
_LINKS = 3  # that a list of them has; a short sentence may be one link
_ROW = 60  # words that a row of data has at most; layouts have more in one
_ARTICLE = 100  # words that trafilatura found, from which on more comments than that are still no content

_CONTAINERS = frozenset(
    """address article aside center details div dl fieldset figure footer form header hgroup main menu nav ol section
    table ul""".split()  # noqa: SIM905
)
_CODE = frozenset(("pre", "code"))  # no menu is made of these
_SPARED = _CODE | {"table", "dl", "math"}  # trafilatura leaves these out too often


@dataclass(slots=True)
class LeftOut:
    """Parts of a tree that trafilatura did not take for content, by what speaks against them as well. Teasers have a
    link, and nothing that speaks for them: code, tables, headings that are no links. Parts may lie in one another.
    """

    named: list[Counted] = field(default_factory=list)
    linked: list[Counted] = field(default_factory=list)
    teasers: list[Counted] = field(default_factory=list)

    def spare(self, around: Count) -> None:
        """Keep lists of links, and what is not spoken for, inside of the last element that was counted."""
        for parts in (self.linked, self.teasers):
            while parts and parts[-1][1].start >= around.start:
                parts.pop()


class _Seen:
    """Where, in words, the last of each thing began that a part of the content may hold, and a menu hardly."""

    def __init__(self) -> None:
        self.code = self.data = self.spared = self._label = -1

    def note(self, element: html.HtmlElement, count: Count) -> None:
        tag = element.tag
        if tag in _SPARED or (tag in HEADINGS and count.words and not count.linked):
            self.spared = count.start
        if tag in _CODE:
            self.code = count.start
        elif tag == "th" and count.words:
            self._label = count.start
        elif tag == "tr" and self.is_data(count):
            self.data = count.start

    def is_data(self, row: Count) -> bool:
        """Whether a row has a label, or says something of what it links to. A page's layout has longer ones."""
        return 0 < row.words <= _ROW and (self._label >= row.start or 0 < row.linked < row.words)


def left_out(tree: html.HtmlElement, marks: bytes | bytearray) -> LeftOut:
    """The parts of a tree, whose words are marked where trafilatura took them for content."""
    parts, seen = LeftOut(), _Seen()
    found = sum(marks)
    for element, count in census(tree, marks):
        tag, start = element.tag, count.start
        seen.note(element, count)
        if tag == "tr" and seen.is_data(count):
            parts.spare(count)
        if tag not in _CONTAINERS or not count.words or count.marked >= _UNMARKED * count.words:
            continue
        most = 2 * count.words > len(marks)
        if names_clutter(element) and (not most or found >= _ARTICLE):
            parts.named.append((element, count))
        elif most or names_callout(element) or (tag == "table" and seen.data >= start):
            continue
        elif count.linked > _LINKED * count.words and count.links >= _LINKS and seen.code < start:
            parts.linked.append((element, count))
        elif count.links and not count.marked and seen.spared < start:
            parts.teasers.append((element, count))
    return parts
