"""Plain text. The title is the file's name, without a suffix of text, unless the text is formed as RFCs are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from engine.text.places import counting_lines
from engine.types import Locator
from indexer.parsers.base import Parsed
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lines.formed import read_formed


class TextParser:
    name = "text"
    label = "text"
    version = "4"
    suffixes = (".txt", ".text")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        lines = decode_lines(data, remarks=remarks)
        if (formed := read_formed(lines, name)) is not None:
            return replace(formed, remarks=(*remarks, *formed.remarks))
        pages = "\n".join(lines).split("\f")
        whole = "\n".join(pages)
        text = whole.strip()
        locators = tuple(_lines(pages, text, len(whole) - len(whole.lstrip())))
        title = PurePath(name).stem if name.lower().endswith(self.suffixes) else PurePath(name).name  # login.defs
        return Parsed(title=title, text=text, remarks=tuple(remarks), named=True, locators=locators)


def _lines(pages: Sequence[str], text: str, skipped: int) -> Iterator[Locator]:
    """The lines of the file that `text` has, which begins after `skipped` code points of its pages."""
    line, at = 1, -skipped
    for page in pages:
        start, end = max(at, 0), min(at + len(page), len(text))
        yield from counting_lines(text, start, end, line + page.count("\n", 0, start - at))
        line += page.count("\n")
        at += len(page) + 1
