"""The registry of formats: one line for each parser. `parser_for` and its like choose by file name."""

from __future__ import annotations

from indexer.parsers.archives.single import CompressedFile
from indexer.parsers.archives.tars import TarArchive
from indexer.parsers.archives.zips import ZipArchive
from indexer.parsers.base import BadRecord, Container, Parsed, Parser, Record, RecordParser
from indexer.parsers.html import HtmlParser
from indexer.parsers.jsonl import JsonLinesParser
from indexer.parsers.mail.mailbox import Mailbox
from indexer.parsers.mail.message import MailParser
from indexer.parsers.markdown import MarkdownParser
from indexer.parsers.office.epub import EpubParser
from indexer.parsers.office.legacy import LegacyParser
from indexer.parsers.office.odf import OpenDocumentParser
from indexer.parsers.office.pptx import PptxParser
from indexer.parsers.office.rtf.parser import RtfParser
from indexer.parsers.office.sheets import SheetParser
from indexer.parsers.office.word.docx import DocxParser
from indexer.parsers.parquet import ArrowParser
from indexer.parsers.pdf import PdfParser
from indexer.parsers.text import TextParser

_MAIL = MailParser()

PARSERS: tuple[Parser, ...] = (
    TextParser(),
    MarkdownParser(),
    HtmlParser(),
    PdfParser(),
    _MAIL,
    DocxParser(),
    PptxParser(),
    SheetParser(),
    OpenDocumentParser(),
    RtfParser(),
    EpubParser(),
    LegacyParser(),
)

RECORD_PARSERS: tuple[RecordParser, ...] = (JsonLinesParser(), ArrowParser())

# The first whose suffix fits: `.tar.gz` before `.gz`.
CONTAINERS: tuple[Container, ...] = (ZipArchive(), TarArchive(), CompressedFile(), Mailbox(), _MAIL)

# Parsers of formats that can hide a bomb or trip up a library: they work in a process of their own, under limits
# (indexer/sandbox). Text has no depths; it is parsed in this process, and so is faster.
SANDBOXED = frozenset(("pdf", "docx", "pptx", "sheet", "opendocument", "rtf", "epub", "legacy"))


def parser_for(name: str) -> Parser | None:
    """The parser of one-document files for a file name, by its suffix, whatever the case."""
    return next((parser for parser in PARSERS if name.lower().endswith(parser.suffixes)), None)


def record_parser_for(name: str) -> RecordParser | None:
    """The parser of many-document files for a file name, by its suffix, whatever the case."""
    return next((parser for parser in RECORD_PARSERS if name.lower().endswith(parser.suffixes)), None)


def container_for(name: str) -> Container | None:
    """What looks into files of a name for the files in them, by its suffix, whatever the case."""
    return next((container for container in CONTAINERS if name.lower().endswith(container.suffixes)), None)


def suffixes() -> tuple[str, ...]:
    """Every suffix that can be ingested, sorted."""
    parsers = [parser.suffixes for parser in PARSERS if parser.name != "legacy"]
    others = [*(parser.suffixes for parser in RECORD_PARSERS), *(container.suffixes for container in CONTAINERS)]
    return tuple(sorted({suffix for group in (*parsers, *others) for suffix in group}))


__all__ = [
    "CONTAINERS",
    "PARSERS",
    "RECORD_PARSERS",
    "SANDBOXED",
    "BadRecord",
    "Container",
    "Parsed",
    "Parser",
    "Record",
    "RecordParser",
    "container_for",
    "parser_for",
    "record_parser_for",
    "suffixes",
]
