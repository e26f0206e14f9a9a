"""The registry of formats: one line for each parser. `parser_for` and `record_parser_for` choose by file name."""

from __future__ import annotations

from indexer.parsers.base import BadRecord, Parsed, Parser, Record, RecordParser
from indexer.parsers.html import HtmlParser
from indexer.parsers.jsonl import JsonLinesParser
from indexer.parsers.markdown import MarkdownParser
from indexer.parsers.pdf import PdfParser
from indexer.parsers.text import TextParser

PARSERS: tuple[Parser, ...] = (
    TextParser(),
    MarkdownParser(),
    HtmlParser(),
    PdfParser(),
)

RECORD_PARSERS: tuple[RecordParser, ...] = (JsonLinesParser(),)


def parser_for(name: str) -> Parser | None:
    """The parser of one-document files for a file name, by its suffix, whatever the case."""
    return next((parser for parser in PARSERS if name.lower().endswith(parser.suffixes)), None)


def record_parser_for(name: str) -> RecordParser | None:
    """The parser of many-document files for a file name, by its suffix, whatever the case."""
    return next((parser for parser in RECORD_PARSERS if name.lower().endswith(parser.suffixes)), None)


def suffixes() -> tuple[str, ...]:
    """Every suffix that can be ingested, sorted."""
    known = [*(parser.suffixes for parser in PARSERS), *(parser.suffixes for parser in RECORD_PARSERS)]
    return tuple(sorted({suffix for group in known for suffix in group}))


def is_readable(name: str) -> bool:
    """Whether a file of this name can be ingested."""
    return name.lower().endswith(suffixes())


__all__ = [
    "PARSERS",
    "RECORD_PARSERS",
    "BadRecord",
    "Parsed",
    "Parser",
    "Record",
    "RecordParser",
    "is_readable",
    "parser_for",
    "record_parser_for",
    "suffixes",
]
