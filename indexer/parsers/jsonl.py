"""JSON lines: one object a line, as in BEIR's corpora. A bad line is reported by its number and the rest is read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from engine.errors import ParseFailed
from indexer.parsers.base import BadRecord, Parsed, Record
from indexer.parsers.decoding import clean
from indexer.parsers.metadata import language_code, typed_fields

_ID = ("_id", "id")
_TEXT = ("text", "contents", "body", "content")
_OWN = frozenset((*_ID, *_TEXT, "title", "url", "metadata"))
MAX_LINE = 256 * 1024 * 1024  # bytes: a file without line ends must not fill the memory


class JsonLinesParser:
    name = "jsonl"
    version = "2"
    suffixes = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")

    def records(self, stream: IO[bytes]) -> Iterator[Record | BadRecord]:
        number = 0
        while line := stream.readline(MAX_LINE):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield _record(number, line)

    def parse(self, record: Record) -> Parsed:
        fields = record.fields
        texts = [fields[name] for name in _TEXT if isinstance(fields.get(name), str)]
        if not texts:
            raise ParseFailed(f"Line {record.line} has no text.", f"Give it one of the fields {', '.join(_TEXT)}.")
        title = fields.get("title")
        return Parsed(
            title=clean(title).strip() if isinstance(title, str) else "",
            text=clean(texts[0]).strip(),
            language=language_code(fields.get("language")) or language_code(fields.get("lang")),
            metadata=_metadata(fields),
        )


def _record(number: int, line: bytes) -> Record | BadRecord:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:  # bad JSON, bad UTF-8, an integer of 5,000 digits
        return BadRecord(number, f"Line {number} is no JSON: {error}.")
    if not isinstance(fields, dict):
        return BadRecord(number, f"Line {number} holds no object, but {type(fields).__name__}.")
    return Record(number, _identifier(fields), _text(fields.get("url")), fields)


def _identifier(fields: Mapping[str, Any]) -> str | None:
    for name in _ID:
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if identifier := _text(value):
            return identifier
    return None


def _text(value: Any) -> str | None:
    return (clean(value).strip() or None) if isinstance(value, str) else None


def _metadata(fields: Mapping[str, Any]) -> dict[str, Any]:
    nested = fields.get("metadata")
    own = {name: value for name, value in fields.items() if name not in _OWN}
    return typed_fields({**(nested if isinstance(nested, dict) else {}), **own})
