"""Files whose lines are kept as they are, source code and settings, with the names that begin their sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath

from indexer.parsers.base import Parsed
from indexer.parsers.builder import LINE, PARAGRAPH
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import LinedBuilder

Section = tuple[int, int, str]  # the index of its first line, its level, its name
Find = Callable[[Sequence[str]], Iterable[Section]]  # of all lines; sections in order


def read_listing(data: bytes, name: str, find: Find, convert: Callable[[str], str] = str) -> Parsed:
    """The file's lines as they are, with the sections that `find` tells; `convert` changes a line for the reader.

    Raises:
        ParseFailed: the bytes are no text.
    """
    remarks: list[str] = []
    lines = [convert(line) for line in decode_lines(data, remarks=remarks)]
    builder = LinedBuilder()
    for start, end, level, title in _cut(find(lines), len(lines)):
        if level:
            builder.section(level, title)
        blank = not lines[start - 1].strip() if start else True
        numbered = enumerate(lines[start:end], start + 1)
        builder.verbatim(numbered, PARAGRAPH if blank else LINE)
    return Parsed(
        title=PurePath(name).name,
        text=builder.text,
        headings=builder.headings,
        remarks=tuple(remarks),
        named=True,
        locators=builder.locators,
    )


def _cut(sections: Iterable[Section], length: int) -> Iterator[tuple[int, int, int, str]]:
    """(first line, line after the last, level, name) of each section; level 0 is what comes before them."""
    start, level, title = 0, 0, ""
    for first, own, name in sections:
        if first > start or level:
            yield start, first, level, title
        start, level, title = first, own, name
    yield start, length, level, title
