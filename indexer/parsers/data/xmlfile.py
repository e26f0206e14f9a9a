"""XML: the text of its elements in their order; no entity is expanded, nothing outside of the file is read.

The scanner takes what is there: an element that is never closed, an unknown entity or a depth of any number is no
reason to lose the rest. Every line of text keeps its number.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from indexer.parsers.base import Parsed
from indexer.parsers.data.xmltext import XmlText
from indexer.parsers.decoding import decode_lines
from indexer.parsers.html import HtmlParser
from indexer.parsers.lined import Line
from indexer.parsers.metadata import language_code

_TOKEN = re.compile(
    r"""<!--(?s:.*?)(?:-->|\Z)|<\?(?s:.*?)(?:\?>|\Z)
      | <!\[CDATA\[(?P<raw>(?s:.*?))(?:\]\]>|\Z)
      | <![A-Za-z][^\[<>]*+(?:\[(?:[^\]]|\](?!\s*+>))*+(?:\]\s*+|\Z))?+>?
      | <(?P<close>/?)(?P<name>[^\W\d][\w:.-]*+)(?P<attributes>(?:[^"'<>]++|"[^"<]*+"|'[^'<]*+')*+)>
      | (?P<text>[^<]++|<)""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)')")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_PAGE = re.compile(r"(?:<[?!](?:[^<>]|<!)*>|\s)*<html[\s>]", re.IGNORECASE)


class XmlParser:
    name = "xml"
    label = "XML"
    version = "5"
    suffixes = (
        *(".xml", ".fb2", ".docbook", ".dbk", ".tei", ".dita", ".ditamap", ".jats", ".nxml", ".opml", ".rss", ".atom"),
        *(".xsd", ".xsl", ".xslt", ".wsdl", ".svg", ".plist", ".kml", ".gpx", ".xliff", ".xlf", ".tmx", ".resx"),
        *(".rdf", ".owl", ".pom", ".csproj", ".vcxproj", ".storyboard", ".xib", ".glade", ".musicxml"),
    )

    def parse(self, data: bytes, *, name: str) -> Parsed:
        remarks: list[str] = []
        declared = _DECLARED.match(data[:400].lstrip())
        lines = decode_lines(data, declared[1].decode("ascii") if declared else None, remarks)
        source = "\n".join(lines)
        if _PAGE.match(source[:4000]):
            return HtmlParser().parse(data, name=name)
        reader = XmlText()
        line, counted, language = 1, 0, None
        for token in _TOKEN.finditer(source):
            line += source.count("\n", counted, token.start())
            counted = token.start()
            if token["name"] is not None:
                attributes = _attributes(token["attributes"], line)
                if not reader.begun and "xml:lang" in attributes:
                    language = language_code(attributes["xml:lang"][1])
                if not token["close"]:
                    reader.start(line, token["name"], attributes)
                if token["close"] or token["attributes"].endswith("/"):
                    reader.end(token["name"])
            elif token["text"] is not None:
                reader.text(line, token["text"])
            elif token["raw"] is not None:
                reader.text(line + token[0].count("\n", 0, 9), token["raw"], raw=True)
        reader.flush()
        remarks += [f"{reader.left_out} embedded files are encoded data, not text, and were left out."] if reader.left_out else []
        return reader.builder.parsed(reader.title or None, name=name, language=language, remarks=remarks)


def _attributes(source: str, line: int) -> dict[str, Line]:
    """The values by their names, each with its line; `source` begins in line `line`."""
    found, counted = {}, 0
    for attribute in _ATTRIBUTE.finditer(source):
        line += source.count("\n", counted, attribute.start())
        counted = attribute.start()
        found[attribute[1]] = (line, attribute[2] or attribute[3] or "")
    return found
