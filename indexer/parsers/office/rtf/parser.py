"""Rich Text Format: paragraphs, headings, tables, notes and comments, in the code page of each font.

striprtf takes a character of two bytes for two as soon as one of them is written as a plain letter, which is common in
Japanese and Chinese files, and drops notes, comments and text boxes.
"""

from __future__ import annotations

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed
from indexer.parsers.office.package import document
from indexer.parsers.office.rtf.reader import RtfReader


class RtfParser:
    name = "rtf"
    label = "RTF"
    version = "3"
    suffixes = (".rtf",)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        data = data.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not data.startswith(b"{\\rtf"):
            raise ParseFailed("The file is not RTF.", "Rename it with the suffix of its real format.")
        with document("RTF file"):
            reader = RtfReader()
            reader.read(data)
            builder = reader.builder
            declared, metadata = reader.properties()
            title = declared or builder.first_heading()
            return builder.parsed(title, name=name, metadata=metadata)
