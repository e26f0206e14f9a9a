"""From paths to documents that are yet to be parsed: files, folders, BEIR folders, files of records."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

from indexer.parsers import HEAD, BadRecord, Parsed, Parser, RecordParser, listed, parser_for, record_parser_for
from indexer.sources.walk import Failed, Skipped, absolute, walk

__all__ = ["Failed", "Skipped", "Source", "discover"]

NO_PARSER = "no parser"


@dataclass(frozen=True, slots=True)
class Source:
    """A document that is yet to be parsed.

    `content_hash` changes with the content and with the parser's version, so an unchanged document need not be parsed.
    `parse()` returns the document, or raises ParseFailed and nothing else.
    """

    id: str
    uri: str
    content_hash: str
    parse: Callable[[], Parsed]


def discover(paths: Sequence[Path], reader: Parser | None = None) -> Iterator[Source | Skipped | Failed]:
    """The documents at and under `paths`, lazily and sorted by path, with an account of each file that is none.

    A file's id and uri are its absolute path. A record's id is its own, else `<path>#<key>` or `<path>#<line>`; its uri
    is the URL that it names, else `<path>#<id>`. A file of no known suffix is read if it is text, or shows its format
    by how it begins; else it is skipped, or failed if it was named by itself. `reader` reads all files, whatever they
    are. An id may come twice (in two files of records, say): the later one is meant to win.

    Raises:
        SourceNotFound: one of `paths` does not exist; raised at the call, before anything is read.
    """
    named = {absolute(path) for path in paths}
    return (source for entry in walk(paths) for source in _sources(entry, named, reader))


def _sources(
    entry: Path | Skipped | Failed, named: Collection[Path], reader: Parser | None
) -> Iterator[Source | Skipped | Failed]:
    if not isinstance(entry, Path):
        yield entry
    elif reader is None and (records := record_parser_for(entry.name)) is not None:
        yield from _records(entry, records)
    elif (parser := reader or _parser(entry)) is not None:
        yield _document(entry, parser)
    elif entry in named:  # somebody wants this very file
        kind = f"{entry.suffix} files" if entry.suffix else "files without a suffix"
        yield Failed(str(entry), f"No parser reads {kind}, and it is no text.", f"Winnow reads {listed()}.")
    else:
        yield Skipped(str(entry), NO_PARSER)


def _parser(path: Path) -> Parser | None:
    """By the file's name, else by how it begins; a file that cannot be opened is for whoever reads it."""
    named = parser_for(path.name)
    if named is not None:
        return named
    try:
        with path.open("rb") as stream:
            return parser_for(path.name, stream.read(HEAD))
    except OSError:
        return parser_for(path.name, b"")


def _document(path: Path, parser: Parser) -> Source | Failed:
    try:
        data = path.read_bytes()
    except OSError as error:
        return _unreadable(path, error)
    return Source(path.as_posix(), path.as_posix(), _digest(parser, data), partial(parser.parse, data, name=path.name))


def _records(path: Path, parser: RecordParser) -> Iterator[Source | Failed]:
    try:
        with _open(path) as stream:
            for record in parser.records(stream):
                if isinstance(record, BadRecord):
                    yield Failed(f"{path}#{record.line}", record.reason, "Correct the line.")
                    continue
                # As ASCII: JSON may escape lone surrogates, which UTF-8 cannot carry.
                content = json.dumps(record.fields, sort_keys=True).encode("ascii")
                identifier = record.id or f"{path.as_posix()}#{record.key or record.line}"
                uri = record.url or f"{path.as_posix()}#{record.id or record.key or record.line}"
                yield Source(identifier, uri, _digest(parser, content), partial(parser.parse, record))
    except (OSError, EOFError, zlib.error) as error:  # what gzip raises at a damaged or a cut file
        yield _unreadable(path, error)


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.name.lower().endswith(".gz") else path.open("rb")


def _digest(parser: Parser | RecordParser, content: bytes) -> str:
    digest = hashlib.sha256(f"{parser.name}/{parser.version}\0".encode())
    digest.update(content)
    return digest.hexdigest()


def _unreadable(path: Path, error: Exception) -> Failed:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Failed(str(path), f"The file cannot be read: {reason}.", "Check its permissions, or whether it is whole.")
