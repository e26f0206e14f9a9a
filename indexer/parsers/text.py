"""Plain text. The title is the file's name without its suffix."""

from __future__ import annotations

from pathlib import PurePath

from indexer.parsers.base import Parsed
from indexer.parsers.decoding import decode


class TextParser:
    name = "text"
    version = "2"
    suffixes = (".txt", ".text")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        text = decode(data, remarks=remarks).strip()
        return Parsed(title=PurePath(name).stem, text=text, remarks=tuple(remarks), named=True)
