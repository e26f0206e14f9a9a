"""The registry of formats: one line for each parser. `parser_for` and its like choose by file name."""

from __future__ import annotations

import re
from functools import cache

from indexer.parsers.archives.single import CompressedFile
from indexer.parsers.archives.tars import TarArchive
from indexer.parsers.archives.zips import ZipArchive
from indexer.parsers.base import BadRecord, Container, Format, Parsed, Parser, Record, RecordParser
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
from indexer.parsers.mail.mailbox import Mailbox
from indexer.parsers.mail.message import MailParser
from indexer.parsers.markdown import MarkdownParser
from indexer.parsers.markup.asciidoc import AsciiDocParser
from indexer.parsers.markup.latex import LatexParser
from indexer.parsers.markup.man import ManParser
from indexer.parsers.markup.org import OrgParser
from indexer.parsers.markup.rst import RstParser
from indexer.parsers.office.epub import EpubParser
from indexer.parsers.office.legacy import LegacyParser
from indexer.parsers.office.odf import OpenDocumentParser
from indexer.parsers.office.pptx import PptxParser
from indexer.parsers.office.rtf.parser import RtfParser
from indexer.parsers.office.sheets import SheetParser
from indexer.parsers.office.word.docx import DocxParser
from indexer.parsers.parquet import ArrowParser
from indexer.parsers.pdf import PdfParser
from indexer.parsers.recognition import HEAD, suffix_of
from indexer.parsers.text import TextParser

LEGACY = "legacy"  # whose files no library of ours reads: it says what to do instead
_MAIL = MailParser()

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
    _MAIL,
    DocxParser(),
    PptxParser(),
    SheetParser(),
    OpenDocumentParser(),
    RtfParser(),
    EpubParser(),
    LegacyParser(),
)

RECORD_PARSERS: tuple[RecordParser, ...] = (JsonLinesParser(), BibTexParser(), ArrowParser())

# The first whose suffix fits: `.tar.gz` before `.gz`.
CONTAINERS: tuple[Container, ...] = (ZipArchive(), TarArchive(), CompressedFile(), Mailbox(), _MAIL)

# Parsers of formats that can hide a bomb or trip up a library: they work in a process of their own, under limits
# (indexer/sandbox). Text has no depths; it is parsed in this process, and so is faster.
SANDBOXED = frozenset(("pdf", "docx", "pptx", "sheet", "opendocument", "rtf", "epub", "legacy"))

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


def container_for(name: str) -> Container | None:
    """What looks into files of a name for the files in them, by its suffix, whatever the case."""
    return next((container for container in CONTAINERS if name.lower().endswith(container.suffixes)), None)


@cache
def suffixes() -> tuple[str, ...]:
    """Every suffix that can be ingested, sorted."""
    parsers = [parser.suffixes for parser in PARSERS if parser.name != LEGACY]
    others = [*(parser.suffixes for parser in RECORD_PARSERS), *(container.suffixes for container in CONTAINERS)]
    return tuple(sorted({suffix for group in (*parsers, *others) for suffix in group}))


def formats() -> tuple[Format, ...]:
    """Every format that can be ingested, in the alphabetical order of what people call it."""
    readers = [parser for parser in PARSERS if parser.name != LEGACY]
    known: tuple[Format, ...] = (*readers, *RECORD_PARSERS, *(one for one in CONTAINERS if one is not _MAIL))
    return tuple(sorted(known, key=lambda known: known.label.lower()))


def listed() -> str:
    """The formats of one-document files in words, for messages and descriptions."""
    labels = [label for parser in PARSERS if parser.name != LEGACY for label in parser.label.split(", ")]
    return f"{', '.join(labels[:-1])} or {labels[-1]}"


def is_readable(name: str) -> bool:
    """Whether a file of this name can be ingested."""
    return name.lower().endswith(suffixes())


__all__ = [
    "CONTAINERS",
    "HEAD",
    "PARSERS",
    "RECORD_PARSERS",
    "SANDBOXED",
    "BadRecord",
    "Container",
    "Format",
    "Parsed",
    "Parser",
    "Record",
    "RecordParser",
    "container_for",
    "formats",
    "is_readable",
    "listed",
    "parser_called",
    "parser_for",
    "record_parser_for",
    "suffixes",
]
