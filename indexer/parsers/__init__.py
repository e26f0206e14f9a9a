"""The registry of formats: one line for each parser, and those that other distributions bring (outside.py).

`parser_for` and its like choose by file name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePath

from engine.errors import ParseFailed
from indexer.parsers.archives.single import CompressedFile
from indexer.parsers.archives.tars import TarArchive
from indexer.parsers.archives.warc import WebArchive
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
from indexer.parsers.lines.code import NAMES, CodeParser
from indexer.parsers.lines.log import LogParser
from indexer.parsers.lines.settings import PropertiesParser, SettingsParser, YamlParser
from indexer.parsers.lines.subtitles import SubtitlesParser
from indexer.parsers.mail.heads import is_mailbox, is_message
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
from indexer.parsers.outside import outside
from indexer.parsers.parquet import ArrowParser
from indexer.parsers.pdf import PdfParser
from indexer.parsers.recognition import HEAD, suffix_of
from indexer.parsers.signatures import Signature, signature_of
from indexer.parsers.text import TextParser
from indexer.parsers.wiki.dump import WikiDump, is_dump
from indexer.parsers.wiki.page import WikitextParser

LEGACY = "legacy"  # whose files no library of ours reads: it says what to do instead
_MAIL = MailParser()
_MAILBOX = Mailbox()
_DUMP = WikiDump()
_NO_TEXT = frozenset(("pdf", "docx", "pptx", "epub", "rtf"))  # formats that text is none of
_BY_LEGACY = (".docx", ".pptx", ".rtf")  # what it knows behind an old name

_OURS: tuple[Parser, ...] = (
    TextParser(),
    MarkdownParser(),
    HtmlParser(),
    PdfParser(),
    RstParser(),
    AsciiDocParser(),
    OrgParser(),
    LatexParser(),
    ManParser(),
    WikitextParser(),
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
)

RECORD_PARSERS: tuple[RecordParser, ...] = (JsonLinesParser(), BibTexParser(), ArrowParser(), _DUMP)

# The first whose suffix fits: `.tar.gz` before `.gz`.
CONTAINERS: tuple[Container, ...] = (WebArchive(), ZipArchive(), TarArchive(), CompressedFile(), _MAILBOX, _MAIL)

_OLD = LegacyParser()
_OUTSIDE = outside((*_OURS, *RECORD_PARSERS, *CONTAINERS), _OLD)

# The old formats come last: a parser from outside may read one of them.
PARSERS: tuple[Parser, ...] = (*_OURS, *_OUTSIDE, _OLD)

# Parsers of formats that can hide a bomb or trip up a library, and those from outside: they work in a process of their
# own, under limits (indexer/sandbox). Text has no depths; it is parsed in this process, and so is faster.
SANDBOXED = frozenset(("pdf", "docx", "pptx", "sheet", "opendocument", "rtf", "epub", "picture", LEGACY)) | {
    parser.name for parser in _OUTSIDE
}

_TREES = frozenset(("html",))  # a tree of elements takes up to eighty times the bytes of its page
_LARGE = 8 * 2**20  # bytes of such a page from which it is parsed in a process of its own, under limits, as well

_ROTATED = re.compile(r"(?<=\.log)(?:[.-]\d{1,12}){1,3}$")  # app.log.1, app.log-20261130


def parser_for(name: str, head: bytes | None = None) -> Parser | None:
    """The parser of one-document files for a file name: by its suffix, whatever the case. `head`, the HEAD bytes that
    the file begins with, decides where no parser has the suffix, and where it proves another format than that.
    """
    named = _ROTATED.sub("", name.lower())
    found = _named(named)
    if head is None:
        return found
    if found is not None:
        other = misnamed(name, head)
        return found if other is None else parser_for(other.suffix)
    suffix = suffix_of(head[:HEAD])
    if suffix is None or (_held(name) and signature_of(head[:HEAD]) is None):  # an archive may begin as text does
        return None
    return parser_for(suffix)


def _named(name: str) -> Parser | None:
    """The parser with the longest suffix that a name ends with: `.rst.txt` before `.txt`; of a Makefile, `.mk`."""
    name = NAMES.get(PurePath(name).name, name)
    fitting = [(len(suffix), parser) for parser in PARSERS for suffix in parser.suffixes if name.endswith(suffix)]
    return max(fitting, key=lambda fit: fit[0], default=(0, None))[1]


def works_apart(parser: Parser, size: int) -> bool:
    """Whether a file of so many bytes is parsed in a process of its own."""
    return parser.name in SANDBOXED or (parser.name in _TREES and size > _LARGE)


def misnamed(name: str, head: bytes) -> Signature | None:
    """The format that a file has instead of the one that its name says; None if the name is right, or says nothing."""
    named = record_parser_for(name) or parser_for(name)
    if named is None:
        return None
    signature = signature_of(head[:HEAD])
    if signature is None and named.name == "text":
        signature = _mail(head[:HEAD])
    if signature is None or name.lower().endswith(signature.suffix) or signature.suffix in named.suffixes:
        return None
    if named.name in SANDBOXED and parser_for(signature.suffix) is None:
        return None  # it says itself what is wrong
    return None if named.name == LEGACY and signature.suffix in _BY_LEGACY else signature


def _mail(head: bytes) -> Signature | None:
    """The format of mail that a beginning shows, which is text as well."""
    if is_mailbox(head):
        return Signature(".mbox", "a mailbox")
    return Signature(".eml", "a mail message") if is_message(head) else None


def remarks_on(name: str, head: bytes) -> tuple[str, ...]:
    """A remark where a file is read as another format than its name says."""
    other = misnamed(name, head)
    return (f"It is named {PurePath(name).suffix}, but it is {other.label}; it is read as that.",) if other else ()


def unreadable(name: str, head: bytes, others: str = "") -> ParseFailed:
    """The error of a file that no parser reads. `others` is what to do where its name does not mislead."""
    other = misnamed(name, head)
    if other is None:
        return ParseFailed(f"No parser reads {name!r}, and it is not text.", others)
    suffix = PurePath(name).suffix
    remedy = f"Rename it to {other.suffix}." if is_readable(other.suffix) else "Leave it out."
    return ParseFailed(f"It is named {suffix}, but it is {other.label}.", remedy)


def text_called(name: str, head: bytes) -> ParseFailed | None:
    """The error of a file that is text but named as one of `_NO_TEXT`; None if it may be what its name says."""
    named = parser_for(name)
    if named is None or named.name not in _NO_TEXT or b"%PDF-" in head[:1024]:
        return None
    if not head:
        return ParseFailed("The file is empty.", "Leave it out, or fetch it again.")
    found = parser_for(suffix_of(head[:HEAD]) or "")
    if found is None or found.name in SANDBOXED:
        return None
    return ParseFailed(
        f"It is named {PurePath(name).suffix}, but it is {found.label}.",
        f"Rename it to {found.suffixes[0]}.",
    )


def parser_called(name: str) -> Parser | None:
    """The parser of one-document files of this name, such as "text"."""
    return next((parser for parser in PARSERS if parser.name == name), None)


def record_parser_for(name: str, head: bytes = b"") -> RecordParser | None:
    """The parser of many-document files for a file name, by its suffix, whatever the case; of a wiki's dump, and of a
    table without a known suffix, by `head`, the HEAD bytes that the file begins with.
    """
    found = next((parser for parser in RECORD_PARSERS if name.lower().endswith(parser.suffixes)), None)
    if found is None and is_dump(head[:HEAD]):
        named = parser_for(name)
        return _DUMP if named is None or named.name == "xml" else None
    if found is None and parser_for(name) is None and _held(name) is None and (proved := signature_of(head[:HEAD])):
        return next((parser for parser in RECORD_PARSERS if proved.suffix in parser.suffixes), None)
    return found


def container_for(name: str, head: bytes | None = None) -> Container | None:
    """The reader of the files in files of a name, by its suffix, whatever the case; into mail and
    mailboxes also by `head`, the HEAD bytes that the file begins with, where no other format is named.
    """
    found = _held(name)
    if found is not None or head is None:
        return found
    if parser_for(name, head) is _MAIL:
        return _MAIL
    return _MAILBOX if parser_for(name, head) is None and suffix_of(head[:HEAD]) in _MAILBOX.suffixes else None


def _held(name: str) -> Container | None:
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
    return NAMES.get(PurePath(name.lower()).name, name.lower()).endswith(suffixes())


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
    "misnamed",
    "parser_called",
    "parser_for",
    "record_parser_for",
    "remarks_on",
    "suffixes",
    "text_called",
    "unreadable",
    "works_apart",
]
