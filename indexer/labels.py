"""Titles, headings and names of places, kept as short as such things are: a title or heading is analysed and indexed
again with every chunk under it, and a place is shown with every hit.

A file of 200 kB whose only heading has 180 kB would otherwise cost as much as one of a gigabyte.
"""

from __future__ import annotations

from dataclasses import replace

from indexer.parsers.base import Parsed

LONGEST = 300  # code points


def shorten_labels(parsed: Parsed) -> tuple[Parsed, str | None]:
    """The document with its title, headings and places cut at LONGEST, and what to say of it; its text stays whole."""
    labels = [parsed.title, *(heading.text for heading in parsed.headings)]
    longest, farthest = max(map(len, labels)), max((len(locator.value) for locator in parsed.locators), default=0)
    if max(longest, farthest) <= LONGEST:
        return parsed, None
    headings = tuple(replace(heading, text=_cut(heading.text)) for heading in parsed.headings)
    locators = tuple(replace(locator, value=_cut(locator.value)) for locator in parsed.locators)
    what = "title or heading" if longest > LONGEST else "sheet's name, anchor or other place"
    remark = f"A {what} has {max(longest, farthest)} characters; its first {LONGEST} are kept as such."
    return replace(parsed, title=_cut(parsed.title), headings=headings, locators=locators), remark


def _cut(label: str) -> str:
    return label[:LONGEST].rstrip()
