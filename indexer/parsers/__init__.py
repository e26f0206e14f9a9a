"""The registry of formats: one line for each parser. `parser_for` and `record_parser_for` choose by file name."""

from __future__ import annotations

import re

from indexer.parsers.base import BadRecord, Format, Parsed, Parser, Record, RecordParser
from indexer.parsers.data.bibtex import BibTexParser
from indexer.parsers.data.calendar import CalendarParser
from indexer.parsers.data.delimited import CsvParser, TsvParser
from indexer.parsers.data.jsonfile import JsonParser
from indexer.parsers.data.notebook import NotebookParser
from indexer.parsers.data.xmlfile import XmlParser
from indexer.parsers.html import HtmlParser
from indexer.parsers.jsonl import JsonLinesParser
from indexer.parsers.lines.code import CodeParser
from indexer.parsers.lines.log import LogParser
from indexer.parsers.lines.settings import PropertiesParser, SettingsParser, YamlParser
from indexer.parsers.lines.subtitles import SubtitlesParser
from indexer.parsers.markdown import MarkdownParser
from indexer.parsers.markup.asciidoc import AsciiDocParser
from indexer.parsers.markup.latex import LatexParser
from indexer.parsers.markup.man import ManParser
from indexer.parsers.markup.org import OrgParser
from indexer.parsers.markup.rst import RstParser
from indexer.parsers.pdf import PdfParser
from indexer.parsers.recognition import HEAD, suffix_of
from indexer.parsers.text import TextParser

PARSERS: tuple[Parser, ...] = (
    TextParser(),
    MarkdownParser(),
    HtmlParser(),
    PdfParser(),
    RstParser(),
    AsciiDocParser(),
    OrgParser(),
    LatexParser(),
    ManParser(),
    CsvParser(),
    TsvParser(),
    JsonParser(),
    XmlParser(),
    YamlParser(),
    SettingsParser(),
    PropertiesParser(),
    NotebookParser(),
    CalendarParser(),
    SubtitlesParser(),
    LogParser(),
    CodeParser(),
)

RECORD_PARSERS: tuple[RecordParser, ...] = (JsonLinesParser(), BibTexParser())

_ROTATED = re.compile(r"(?<=\.log)(?:[.-]\d{1,12}){1,3}$")  # app.log.1, app.log-20261130


def parser_for(name: str, head: bytes | None = None) -> Parser | None:
    """The parser of one-document files for a file name: by its suffix, whatever the case; where none has it, by
    `head`, the HEAD bytes that the file begins with.
    """
    named = _ROTATED.sub("", name.lower())
    found = next((parser for parser in PARSERS if named.endswith(parser.suffixes)), None)
    if found is None and head is not None and (suffix := suffix_of(head[:HEAD])) is not None:
        return parser_for(suffix)
    return found


def parser_called(name: str) -> Parser | None:
    """The parser of one-document files of this name, such as "text"."""
    return next((parser for parser in PARSERS if parser.name == name), None)


def record_parser_for(name: str) -> RecordParser | None:
    """The parser of many-document files for a file name, by its suffix, whatever the case."""
    return next((parser for parser in RECORD_PARSERS if name.lower().endswith(parser.suffixes)), None)


def suffixes() -> tuple[str, ...]:
    """Every suffix that can be ingested, sorted."""
    known = [*(parser.suffixes for parser in PARSERS), *(parser.suffixes for parser in RECORD_PARSERS)]
    return tuple(sorted({suffix for group in known for suffix in group}))


def formats() -> tuple[Format, ...]:
    """Every format that can be ingested, in the alphabetical order of what people call it."""
    known: tuple[Format, ...] = (*PARSERS, *RECORD_PARSERS)
    return tuple(sorted(known, key=lambda known: known.label.lower()))


def listed() -> str:
    """The formats of one-document files in words, for messages and descriptions."""
    labels = [label for parser in PARSERS for label in parser.label.split(", ")]
    return f"{', '.join(labels[:-1])} or {labels[-1]}"


__all__ = [
    "HEAD",
    "PARSERS",
    "RECORD_PARSERS",
    "BadRecord",
    "Format",
    "Parsed",
    "Parser",
    "Record",
    "RecordParser",
    "formats",
    "listed",
    "parser_called",
    "parser_for",
    "record_parser_for",
    "suffixes",
]
