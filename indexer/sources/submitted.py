"""Documents that a program hands over instead of naming a path: they become sources like any other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from engine.errors import ParseFailed
from engine.metadata.values import composed
from indexer.parsers import HEAD, SANDBOXED, Parsed, listed, remarks_on, unreadable
from indexer.parsers.decoding import clean
from indexer.parsers.metadata import language_code, left_out, typed_fields
from indexer.parsers.ocr.choosing import reader_for
from indexer.sandbox.parse import parse_sandboxed
from indexer.sources.source import Source

VERSION = "submitted/2"  # goes up whenever the same document would be stored in another way

ParseFile = Callable[[bytes, str], Parsed]  # the bytes and the name of a file; ParseFailed


@dataclass(frozen=True, slots=True)
class Submitted:
    """A document as text. `metadata` is JSON; `language` a tag such as "en" or "pt-BR", None to have it detected."""

    id: str
    text: str
    title: str = ""
    uri: str | None = None
    language: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A document as the bytes of a file, whose name tells its format."""

    id: str
    name: str
    data: bytes
    uri: str | None = None


def parse_file(data: bytes, name: str, *, ocr: bool = False) -> Parsed:
    """The document in `data`, parsed in this process where that is safe. ParseFailed, also where no parser takes it."""
    parser = reader_for(name, data[:HEAD], ocr=ocr)
    if parser is None:
        raise unreadable(name, data, f"Send {listed()}.")
    parsed = parse_sandboxed(data, name, ocr=ocr) if parser.name in SANDBOXED else parser.parse(data, name=name)
    return replace(parsed, remarks=(*remarks_on(name, data), *parsed.remarks))


def bounded(parse: ParseFile, longest: int) -> ParseFile:
    """`parse`, with ParseFailed for a document of more than `longest` code points."""

    def parse_bounded(data: bytes, name: str) -> Parsed:
        parsed = parse(data, name)
        if len(parsed.text) > longest:
            raise ParseFailed(f"The document has {len(parsed.text)} characters; {longest} are allowed.", "Split it.")
        return parsed

    return parse_bounded


def text_source(document: Submitted) -> Source:
    """A document of text; control characters and lone surrogates are cleaned out of it."""

    def parse() -> Parsed:
        return Parsed(
            title=" ".join(composed(clean(document.title)).split()),
            text=clean(document.text).strip(),
            language=language_code(document.language),
            metadata=typed_fields(document.metadata),
            remarks=left_out(document.metadata),
        )

    content = json.dumps({**asdict(document), "metadata": dict(document.metadata)}, sort_keys=True, default=str)
    identifier = clean(document.id)
    return Source(identifier, clean(document.uri or document.id), _digest(VERSION, content.encode("ascii")), parse)


def file_source(file: SubmittedFile, parse: ParseFile | None = None, *, ocr: bool = False) -> Source:
    """A document in a file; `parse` may work in a process of its own. Without it, `ocr` reads text in pictures too."""
    read = parse or partial(parse_file, ocr=ocr)
    name = PurePosixPath(clean(file.name).replace("\\", "/")).name or "document"
    parser = reader_for(name, file.data[:HEAD], ocr=ocr)
    version = f"{parser.name}/{parser.version}" if parser else VERSION
    return Source(
        clean(file.id), clean(file.uri or file.id), _digest(version, file.data), lambda: read(file.data, name)
    )


def _digest(version: str, content: bytes) -> str:
    return hashlib.sha256(f"{version}\0".encode() + content).hexdigest()
