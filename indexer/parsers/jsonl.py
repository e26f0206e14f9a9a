"""JSON lines: one object a line, as in BEIR's corpora, or exported from a program. A bad line is reported by its number
and the rest is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO, Any

from engine.errors import ParseFailed
from engine.text.json_lines import numbered_lines
from indexer.parsers.base import BadRecord, Parsed, Record
from indexer.parsers.decoding import clean, decode
from indexer.parsers.metadata import language_code, left_out, typed_fields

_ID = ("_id", "id", "doc_id", "docid", "docno")
_TEXT = ("text", "contents", "body", "content", "page_content", "passage", "paragraphs", "passages")
_BLANK_LINES = re.compile(r"\n\s*\n")  # they would part a paragraph
_NAMES = ("name", "label", "headline", "subject")  # of a record that has no title
_OWN = frozenset(("_id", "id", *_TEXT, "title", "url", "metadata"))


class JsonLinesParser:
    name = "jsonl"
    label = "JSON lines"
    version = "5"
    suffixes = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")

    def records(self, stream: IO[bytes]) -> Iterator[Record | BadRecord]:
        for number, line in numbered_lines(stream):
            yield _record(number, line)

    def parse(self, record: Record) -> Parsed:
        """An object without a text is its fields, one a line: a product, an entry of a log."""
        try:
            return parse_text(record)
        except ParseFailed:
            named = _identifier(record.fields)[0]
            own = {name: value for name, value in record.fields.items() if name != named}
            if not _as_lines(own):
                raise
            return parse_fields(record, own)


def parse_text(record: Record) -> Parsed:
    """The first text field that is not empty; a record may have a title alone, or a text that is null. ParseFailed."""
    fields = record.fields
    texts = [text for name in _TEXT if name in fields and (text := _body(fields[name])) is not None]
    title = fields.get("title")
    if not texts and not isinstance(title, str):
        raise ParseFailed(f"Line {record.line} has no text.", f"Give it one of the fields {', '.join(_TEXT)}.")
    return Parsed(
        title=clean(title).strip() if isinstance(title, str) else "",
        text=next(filter(None, texts), ""),
        language=language_code(fields.get("language")) or language_code(fields.get("lang")),
        metadata=typed_fields(_metadata(fields)),
        remarks=left_out(_metadata(fields)),
    )


def parse_fields(record: Record, fields: Mapping[str, Any]) -> Parsed:
    """A record without a text: some of its fields, one a line. It is called as one of its fields says."""
    names = (record.fields.get(field) for field in _NAMES)
    title = next((name for name in names if isinstance(name, str) and name.strip()), "")
    return parse_text(replace(record, fields={"title": title, **record.fields, "text": _as_lines(fields)}))


def _as_lines(fields: Mapping[str, Any]) -> str:
    """`name: value`, a line each, without empty ones."""
    lines = []
    for name, value in fields.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if value is not None and shown:
            lines.append(f"{name}: {' '.join(clean(shown).split())}")
    return "\n".join(lines).strip()


def _record(number: int, line: bytes) -> Record | BadRecord:
    try:
        fields = json.loads(_decoded(line), strict=False)  # control characters are taken out later
    except (ValueError, RecursionError, ParseFailed) as error:  # bad JSON, no text, an integer of 5,000 digits
        return BadRecord(number, f"Line {number} is not JSON: {error}.")
    if not isinstance(fields, dict):
        return BadRecord(number, f"Line {number} holds no object, but {type(fields).__name__}.")
    return record_of(number, fields)


def _decoded(line: bytes) -> str:
    """The line as UTF-8, or in the encoding that it is in instead. ParseFailed."""
    try:
        return line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return decode(line)


def record_of(number: int, fields: dict[str, Any]) -> Record:
    """The record that an object is, with the id and the URL that it names."""
    return Record(number, _identifier(fields)[1], _text(fields.get("url")), fields)


def _identifier(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The field that names the record, and the id in it."""
    for name in _ID:
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return name, str(value)
        if identifier := _text(value):
            return name, identifier
    return None, None


def _body(value: Any) -> str | None:
    """A text, or texts as paragraphs, one each; null is an empty text. None for anything else."""
    if value is None:
        return ""
    if isinstance(value, list) and value and all(isinstance(part, str | None) for part in value):
        value = "\n\n".join(_BLANK_LINES.sub("\n", part.strip()) for part in value if part)
    return clean(value).strip() if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    return (clean(value).strip() or None) if isinstance(value, str) else None


def _metadata(fields: Mapping[str, Any]) -> dict[str, Any]:
    nested = fields.get("metadata")
    taken = {*_OWN, _identifier(fields)[0]}
    own = {name: value for name, value in fields.items() if name not in taken}
    return {**(nested if isinstance(nested, dict) else {}), **own}
