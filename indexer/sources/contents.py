"""Contents of one file: a document, many records, or other files, which are looked into in turn."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePath
from typing import IO, cast

from engine.errors import ParseFailed
from engine.types import Locator, Metadata
from indexer.parsers import (
    HEAD,
    Container,
    Parsed,
    Parser,
    RecordParser,
    container_for,
    misnamed,
    record_parser_for,
    remarks_on,
    unreadable,
    works_apart,
)
from indexer.parsers.archives.budget import DEPTH, Budget, Exhausted
from indexer.parsers.base import BadMember, BadRecord, Member, NoMember, NoRecords, Record
from indexer.parsers.jsonl import JsonLinesParser
from indexer.parsers.ocr.choosing import PICTURE, is_picture, reader_for, with_ocr
from indexer.sandbox.parse import parse_sandboxed
from indexer.sources.meter import open_file, read_file
from indexer.sources.movable import Movable
from indexer.sources.peeked import Peeked
from indexer.sources.walk import Failed, Skipped, is_hidden

NO_PARSER = "no parser"
MEMBER_BYTES = 2**30  # of a member that is read as a whole
# Of a file on disk that is: reading one takes four times its bytes or more, and what the memory cannot hold would end
# the ingest, or the machine's other programs.
FILE_BYTES = min(2**32, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8)
_SPLIT = "Split it, or make its parts lines of a .jsonl file, which may have any size."


@dataclass(frozen=True, slots=True)
class Source:
    """A document that has not been parsed yet.

    `content_hash` changes with the content and with the parser's version, so an unchanged document need not be parsed.
    `parse()` returns the document, or raises ParseFailed and nothing else. `facts` are metadata that tell of its file
    (indexer/sources/facts.py); where the document has a field of the same name, its own counts. `file` is the path of
    the file in which a record lies, whose id and uri may be its own.
    """

    id: str
    uri: str
    content_hash: str
    parse: Callable[[], Parsed]
    facts: Metadata = field(default_factory=dict)
    file: str = ""


Found = Source | Skipped | Failed


@dataclass(frozen=True, slots=True)
class _File:
    """A file, on disk or in another one. `path` becomes the id; the suffix of `name` and the HEAD bytes that it begins
    with tell what reads it, `message` which one of a mailbox it is. `archive` is the file that it lies in, where its
    path does not say so. `ocr`: text in pictures is read.
    """

    path: str
    name: str
    head: Callable[[], bytes]
    open: Callable[[], IO[bytes]]
    read: Callable[[], bytes]
    budget: Budget
    depth: int = 0
    message: int | None = None
    archive: str = ""
    ocr: bool = False


def contents(path: Path, reader: Parser | None = None, *, ocr: bool = False) -> Iterator[Found]:
    """The documents in a file on disk, lazily, with an account of all in it that is none.

    `reader` reads the file, whatever it is. A file of no known suffix is read if it is text, or shows its format by
    how it begins; a picture if `ocr` is wanted.
    """
    try:
        budget = Budget(path.stat().st_size)
        of_disk = partial(_head, path), partial(open_file, path), partial(_read, path)
        file = _File(path.as_posix(), path.name, *of_disk, budget, ocr=ocr)
        if reader is not None:
            reader = with_ocr(reader) if ocr else reader
            data = file.read()
            yield _document(replace(file, name=_name_for(reader, file.name, len(data))), reader, data)
        else:
            yield from _contents(file)
    except (ParseFailed, OSError, MemoryError) as error:
        yield _failed(path.as_posix(), error)


def has_json_lines(path: Path) -> bool:
    """Whether a file is read line by line, each a record, and can be read from any line on."""
    head = _head(path)
    wide = b"\0" in head  # as in UTF-16, which is decoded from its beginning
    if wide or path.name.lower().endswith(".gz") or misnamed(path.name, head):
        return False
    return isinstance(record_parser_for(path.name, head), JsonLinesParser)


def json_lines(path: Path, start: int, end: int, line: int) -> Iterator[Found]:
    """The documents of some lines of such a file: those from byte `start` to `end`, of which the first is `line`."""
    try:
        with open_file(path) as stream:
            stream.seek(start)
            lines = stream.read(end - start)
        opened, budget = partial(io.BytesIO, lines), Budget(end - start)
        file = _File(path.as_posix(), path.name, lambda: lines[:HEAD], opened, lambda: lines, budget)
        yield from _records(file, _FurtherLines(line - 1))
    except (ParseFailed, OSError) as error:
        yield _failed(path.as_posix(), error)


class _FurtherLines(JsonLinesParser):
    """Reads lines that stand after others."""

    def __init__(self, before: int) -> None:
        self._before = before

    def records(self, stream: IO[bytes]) -> Iterator[Record | BadRecord]:
        for record in super().records(stream):
            yield replace(record, line=record.line + self._before)


def _contents(file: _File) -> Iterator[Found]:
    """The same of any file. Exhausted where too much comes out of the outermost one."""
    try:
        head = file.head()
        records, parser = record_parser_for(file.name, head), reader_for(file.name, head, ocr=file.ocr)
        container = container_for(file.name, head)
        if (records or not (parser or container)) and misnamed(file.name, head):
            raise unreadable(file.name, head)
        if container is not None and file.depth > DEPTH:
            raise ParseFailed(f"Files lie in files more than {DEPTH} deep.", "Unpack them, and ingest the folder.")
        if records is not None:
            yield from _records(file, records)
        elif parser is not None:
            yield from _whole(file)
        elif container is not None:
            with file.open() as stream:
                yield from _members(file, container, stream)
        else:
            yield Skipped(file.path, PICTURE if is_picture(file.name, head) else NO_PARSER)
    except Exhausted:
        raise
    except (ParseFailed, OSError, EOFError, MemoryError, zlib.error) as error:
        yield _failed(file.path, error)


def _name_for(reader: Parser, name: str, size: int) -> str:
    """The name under which `reader` reads a file: the sandbox knows a format by the suffix."""
    if not works_apart(reader, size) or name.lower().endswith(reader.suffixes):
        return name
    return f"{PurePath(name).stem}{reader.suffixes[0]}"


def _head(path: Path) -> bytes:
    """The bytes that a file on disk begins with."""
    with path.open("rb") as stream:  # not metered: it is read once more
        return stream.read(HEAD)


def _read(path: Path) -> bytes:
    """The bytes of a file on disk, if there is room for them. ParseFailed; OSError."""
    size = path.stat().st_size
    if size > FILE_BYTES:
        most = f"{FILE_BYTES / 2**30:.1f} GiB can be read as one document here"
        raise ParseFailed(f"It has {size / 2**30:.1f} GiB; {most}.", _SPLIT)
    return read_file(path)


def _whole(file: _File) -> Iterator[Found]:
    """The document that a file is as a whole, and what lies in it."""
    data = file.read()
    parser = reader_for(file.name, data[:HEAD], ocr=file.ocr)
    if parser is None:
        raise unreadable(file.name, data)
    yield _document(file, parser, data, remarks_on(file.name, data[:HEAD]))
    if (container := container_for(file.name, data[:HEAD])) is not None:
        yield from _members(file, container, io.BytesIO(data))


def _document(file: _File, parser: Parser, data: bytes, remarks: tuple[str, ...] = ()) -> Source:
    apart = works_apart(parser, len(data))
    if apart:
        parse = partial(parse_sandboxed, data, file.name, ocr=file.ocr)
    else:
        parse = partial(parser.parse, data, name=file.name)
    if remarks:
        parse = partial(_remarked, parse, remarks)
    if file.message is not None:
        parse = partial(_numbered, parse, file.message)
    moved = parse if apart else Movable(parse, len(data))
    return Source(file.path, file.path, _digest(parser, data), moved, file=file.archive)


def _remarked(parse: Callable[[], Parsed], remarks: tuple[str, ...]) -> Parsed:
    parsed = parse()
    return replace(parsed, remarks=(*remarks, *parsed.remarks))


def _numbered(parse: Callable[[], Parsed], message: int) -> Parsed:
    parsed = parse()
    place = Locator(0, "message", str(message))
    return replace(parsed, locators=(place, *parsed.locators)) if parsed.text else parsed


def _records(file: _File, parser: RecordParser) -> Iterator[Found]:
    with file.open() as packed, _unpacked(packed, file.name) as stream:
        for record in parser.records(stream):
            if isinstance(record, BadRecord):
                yield Failed(f"{file.path}#{record.line}", record.reason, "Correct the line.")
                continue
            if isinstance(record, NoRecords):
                yield Skipped(file.path, record.reason)
                continue
            # As ASCII: JSON may escape lone surrogates, which UTF-8 cannot carry.
            known = [record.fields, record.line, record.lines] if record.lines else record.fields
            content = json.dumps(known, sort_keys=True).encode("ascii")
            identifier = record.id or f"{file.path}#{record.key or record.line}"
            uri = record.url or f"{file.path}#{record.id or record.key or record.line}"
            parse = Movable(partial(parser.parse, record), len(content))
            yield Source(identifier, uri, _digest(parser, content), parse, file=file.path)


def _unpacked(stream: IO[bytes], name: str) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if name.lower().endswith(".gz") else stream


def _members(file: _File, container: Container, stream: IO[bytes]) -> Iterator[Found]:
    for member in container.members(stream, name=file.name, budget=file.budget):
        path = f"{file.path}{container.mark}{member.path}" if member.path else file.path
        match member:
            case NoMember():
                yield Skipped(path, member.reason)
            case BadMember():
                yield Failed(path, member.reason, member.remedy)
            case Member() if not member.url and any(map(is_hidden, member.path.split("/"))):
                yield Skipped(path, "hidden")
            case Member():
                yield from _contents(_inner(file, member.url or path, member))


def _inner(outer: _File, path: str, member: Member) -> _File:
    peeked = Peeked(member.open)

    def read() -> bytes:
        with peeked.stream() as stream:
            data = stream.read(MEMBER_BYTES + 1)
        if len(data) > MEMBER_BYTES:
            raise ParseFailed(f"It has more than {MEMBER_BYTES // 2**20} MiB.", "Unpack it, and ingest the folder.")
        return data

    def opened() -> IO[bytes]:
        # What looks into a file jumps to and fro in it, and an archive is read once.
        jumps = container_for(member.name, peeked.head()) is not None
        return io.BytesIO(read()) if jumps else peeked.stream()

    depth = outer.depth + 1
    archive = outer.archive or (outer.path if member.url else "")
    return _File(path, member.name, peeked.head, opened, read, outer.budget, depth, member.message, archive, outer.ocr)


def _digest(parser: Parser | RecordParser, content: bytes) -> str:
    digest = hashlib.sha256(f"{parser.name}/{parser.version}\0".encode())
    digest.update(content)
    return digest.hexdigest()


def _failed(path: str, error: Exception) -> Failed:
    if isinstance(error, ParseFailed):
        return Failed(path, error.message, error.remedy)
    if isinstance(error, MemoryError):
        return Failed(path, "The memory does not hold it.", _SPLIT)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Failed(path, f"The file cannot be read: {reason}.", "Check its permissions, or whether it is whole.")
