"""Which parts of a page are no content: what is named so, lists of links, teasers of other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import html

from indexer.parsers.web.census import Count, Counted, census
from indexer.parsers.web.names import names_callout, names_clutter

_UNMARKED = 0.1  # share of its words below which a part was left out by trafilatura
_LINKED = 0.5  # share of its words above which a part is a list of links
_LINKS = 3  # that a list of them has; a short sentence may be one link
_ROW = 60  # words that a row of data has at most; layouts have more in one
_ARTICLE = 100  # words that trafilatura found, from which on more comments than that are still no content

_CONTAINERS = frozenset(
    """address article aside center details div dl fieldset figure footer header hgroup main menu nav ol section table
    ul""".split()  # noqa: SIM905
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TECHNICAL = frozenset(("pre", "code", "table", "dl", "math"))  # trafilatura leaves these out too often


@dataclass(slots=True)
class LeftOut:
    """Parts of a tree that trafilatura did not take for content, by what speaks against them as well; the `teasers`
    only lack what would speak for them: code, tables, headings that are no links. Parts may lie in one another.
    """

    named: list[Counted] = field(default_factory=list)
    linked: list[Counted] = field(default_factory=list)
    teasers: list[Counted] = field(default_factory=list)

    def spare(self, around: Count) -> None:
        """Keep lists of links, and what is not spoken for, inside of the last element that was counted."""
        for parts in (self.linked, self.teasers):
            while parts and parts[-1][1].start >= around.start:
                parts.pop()


def _tells(row: Count) -> bool:
    """Whether a row of a table says something of what it links to: a row of data, not of a page's layout."""
    return 0 < row.linked < row.words <= _ROW


def left_out(tree: html.HtmlElement, marks: Sequence[int]) -> LeftOut:
    """The parts of a tree, whose words are marked where trafilatura took them for content."""
    parts = LeftOut()
    found = sum(marks)
    first, last = marks.find(1), marks.rfind(1)
    spared = row = -1  # where the last heading, piece of code or table began; and the last row that tells something
    for element, count in census(tree, marks):
        if element.tag in _TECHNICAL or (element.tag in _HEADINGS and count.words and not count.linked):
            spared = count.start
        elif element.tag == "tr" and _tells(count):
            parts.spare(count)
            row = count.start
        if element.tag not in _CONTAINERS or not count.words or count.marked >= _UNMARKED * count.words:
            continue
        most = 2 * count.words > len(marks)
        if names_clutter(element) and (not most or found >= _ARTICLE):
            parts.named.append((element, count))
        elif most or (element.tag == "table" and row >= count.start):
            continue
        elif count.linked > _LINKED * count.words and count.links >= _LINKS:
            parts.linked.append((element, count))
        elif count.marked or spared >= count.start:
            continue
        elif count.links or not (first < count.start < last or names_callout(element)):
            parts.teasers.append((element, count))
    return parts
