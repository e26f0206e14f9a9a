"""Binary formats of old (.doc, .ppt, .msg). They are refused by name; what only bears their suffix is read."""

from __future__ import annotations

from pathlib import PurePath

from engine.errors import ParseFailed
from indexer.parsers.base import Parsed, Parser
from indexer.parsers.html import HtmlParser
from indexer.parsers.office.pptx import PptxParser
from indexer.parsers.office.rtf.parser import RtfParser
from indexer.parsers.office.word.docx import DocxParser
from indexer.parsers.text import TextParser

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NEWER = {".doc": ".docx", ".dot": ".docx", ".ppt": ".pptx", ".pps": ".pptx", ".msg": ".eml"}


class LegacyParser:
    name = "legacy"
    label = "old office files"
    version = "1"
    suffixes = tuple(_NEWER)

    def parse(self, data: bytes, *, name: str) -> Parsed:
        path = PurePath(name)
        suffix = path.suffix.lower()
        newer = _NEWER.get(suffix, ".docx")
        parser = _parser(data, newer)
        refused = ParseFailed(f"Winnow does not read {suffix} files.", f"Save it as {newer}.")
        if parser is None:
            raise refused
        try:
            return parser.parse(data, name=f"{path.stem}{parser.suffixes[0]}")
        except ParseFailed as error:
            raise (refused if parser.name == "text" else error) from error


def _parser(data: bytes, newer: str) -> Parser | None:
    """The parser of the format that the bytes are really in; None for the old format itself, and Word's XML of 2003."""
    head = data[:4096].lower()
    if data.startswith(_OLE) or newer == ".eml" or b"<?mso-application" in head:
        return None
    if data.startswith(b"PK"):
        return PptxParser() if newer == ".pptx" else DocxParser()
    if data.lstrip().startswith(b"{\\rtf"):
        return RtfParser()
    return HtmlParser() if b"<html" in head or b"<!doctype html" in head else TextParser()
