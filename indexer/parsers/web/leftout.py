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


def _is_data(row: Count, labelled: bool) -> bool:
    """Whether a row of a table has a label or says something of what it links to. A page's layout has longer ones."""
    return 0 < row.words <= _ROW and (labelled or 0 < row.linked < row.words)


def left_out(tree: html.HtmlElement, marks: bytes | bytearray) -> LeftOut:
    """The parts of a tree, whose words are marked where trafilatura took them for content."""
    parts = LeftOut()
    found = sum(marks)
    first, last = marks.find(1), marks.rfind(1)
    spared = label = row = -1  # where began the last heading, piece of code or table; header cell; row of data
    for element, count in census(tree, marks):
        if element.tag in _TECHNICAL or (element.tag in HEADINGS and count.words and not count.linked):
            spared = count.start
        elif element.tag == "th" and count.words:
            label = count.start
        elif element.tag == "tr" and _is_data(count, labelled=label >= count.start):
            parts.spare(count)
            row = count.start
        if element.tag not in _CONTAINERS or not count.words or count.marked >= _UNMARKED * count.words:
            continue
        most = 2 * count.words > len(marks)
        if names_clutter(element) and (not most or found >= _ARTICLE):
            parts.named.append((element, count))
        elif most or names_callout(element) or (element.tag == "table" and row >= count.start):
            continue
        elif count.linked > _LINKED * count.words and count.links >= _LINKS:
            parts.linked.append((element, count))
        elif count.marked or spared >= count.start:
            continue
        elif count.links or not first < count.start < last:
            parts.teasers.append((element, count))
    return parts
