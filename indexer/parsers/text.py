"""Plain text. The title is the file's name without its suffix, unless the text has a form that tells more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from indexer.parsers.base import Parsed
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lines.formed import read_formed


class TextParser:
    name = "text"
    label = "text"
    version = "3"
    suffixes = (".txt", ".text")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        lines = decode_lines(data, remarks=remarks)
        if (formed := read_formed(lines, name)) is not None:
            return replace(formed, remarks=(*remarks, *formed.remarks))
        text = "\n".join(lines).replace("\f", "\n").strip()
        return Parsed(title=PurePath(name).stem, text=text, remarks=tuple(remarks), named=True)
