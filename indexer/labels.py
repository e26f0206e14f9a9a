"""Titles and headings, kept as short as such things are: each is analysed and indexed again with every chunk under it.

A file of 200 kB whose only heading has 180 kB would otherwise cost as much as one of a gigabyte.
"""

from __future__ import annotations

from dataclasses import replace

from indexer.parsers.base import Parsed

LONGEST = 300  # code points


def shorten_labels(parsed: Parsed) -> tuple[Parsed, str | None]:
    """The document with its title and headings cut at LONGEST, and what to say of it; its text stays whole."""
    labels = [parsed.title, *(heading.text for heading in parsed.headings)]
    longest = max(map(len, labels))
    if longest <= LONGEST:
        return parsed, None
    headings = tuple(replace(heading, text=_cut(heading.text)) for heading in parsed.headings)
    remark = f"A title or heading has {longest} characters; its first {LONGEST} are kept as such."
    return replace(parsed, title=_cut(parsed.title), headings=headings), remark


def _cut(label: str) -> str:
    return label[:LONGEST].rstrip()
