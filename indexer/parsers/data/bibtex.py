"""BibTeX: a document for each entry; strings and accents are resolved, a broken entry does not stop the rest."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from typing import IO

from engine.errors import ParseFailed
from indexer.parsers.base import BadRecord, Parsed, Record
from indexer.parsers.builder import LINE
from indexer.parsers.decoding import decode_lines
from indexer.parsers.lined import LinedBuilder
from indexer.parsers.markup.definitions import Definitions
from indexer.parsers.markup.texchars import plain
from indexer.parsers.metadata import keywords_of, language_code, typed_fields

_ENTRY = re.compile(r"^[ \t]*@[ \t]*(\w+)[ \t]*[{(]", re.MULTILINE)
_KEY = re.compile(r"\s*([^\s,{}=\"#%]{1,500})\s*(?:,|(?=[})]))")
_FIELD = re.compile(r"[\s,]*([A-Za-z][\w:.+-]*)\s*=\s*")
_PART = re.compile(r"\s*(?:(\d+)|\"|\{|([A-Za-z][\w:.+-]*))")
_JOIN = re.compile(r"\s*#\s*")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_QUOTE = re.compile(r"\\.|[{}\"]", re.DOTALL)
_NO_ENTRIES = frozenset(("comment", "preamble", "string"))
_MONTHS = {name[:3].lower(): name for name in calendar.month_name if name}
_NAMED_BY = ("author", "editor", "organization", "year", "date")  # a work without a title
_LEFT_OUT = frozenset(("title", "file", "owner", "timestamp", "date-added", "date-modified", "bdsk-url-1", "langid"))
_METADATA = ("author", "editor", "year", "journal", "booktitle", "publisher", "doi", "isbn", "keywords")


class BibTexParser:
    name = "bibtex"
    label = "BibTeX"
    version = "3"
    suffixes = (".bib", ".bibtex")

    def records(self, stream: IO[bytes]) -> Iterator[Record | BadRecord]:
        """The entries, in their order."""
        data = stream.read()
        try:
            text = "\n".join(decode_lines(data)) if data.strip() else ""
        except ParseFailed as error:
            yield BadRecord(1, error.message)
            return
        strings = Definitions(_MONTHS)
        line, counted = 1, 0
        starts = list(_ENTRY.finditer(text))
        if text.strip() and not starts:
            yield BadRecord(1, "The file holds no entry.")
        for start, end in zip(starts, [*(start.start() for start in starts[1:]), len(text)], strict=False):
            line += text.count("\n", counted, start.start())
            counted = start.start()
            kind, body = start[1].lower(), text[start.end() : end]
            if kind == "string":
                for name, (value, _) in _fields(body, strings).items():
                    strings[name] = " ".join(value.split())
            elif kind not in _NO_ENTRIES:
                yield _record(kind, body, line, strings)

    def parse(self, record: Record) -> Parsed:
        fields = {name: plain(value) for name, value in record.fields.items()}
        fields = {name: value for name, value in fields.items() if value}
        title = fields.get("title", "")
        builder = LinedBuilder()
        builder.locate("line", str(record.line))
        builder.add(title)
        for name in (name for name in fields if name not in _LEFT_OUT):
            lines = enumerate(record.fields[name].split("\n"), record.lines.get(name, record.line))
            builder.paragraph(((number, plain(line)) for number, line in lines), LINE, f"{name}: ")
        metadata: dict[str, str | int | list[str]] = {name: fields[name] for name in _METADATA if name in fields}
        if "keywords" in fields:
            metadata["keywords"] = keywords_of(fields["keywords"])
        if fields.get("year", "").isdecimal():
            metadata["year"] = int(fields["year"][:4])
        return Parsed(
            title=title or record.key or ", ".join(fields[name] for name in _NAMED_BY if name in fields),
            text=builder.text,
            language=language_code(fields.get("langid") or fields.get("language")),
            metadata=typed_fields(metadata),
            locators=builder.locators,
        )


def _record(kind: str, body: str, line: int, strings: Definitions) -> Record | BadRecord:
    key = _KEY.match(body)
    found = _fields(body, strings, key.end() if key else 0)
    if not found:
        return BadRecord(line, f"The entry in line {line} has no fields.")
    fields = {name: value for name, (value, _) in found.items()}
    lines = {name: line + body.count("\n", 0, at) for name, (_, at) in found.items()}
    doi = fields.get("doi", "").strip()
    url = fields.get("url", "").strip() or (doi if doi.startswith("http") else f"https://doi.org/{doi}" if doi else "")
    named = {"type": kind, **fields}
    return Record(line, None, " ".join(plain(url).split()) or None, named, key[1] if key else None, lines)


def _fields(body: str, strings: Definitions, at: int = 0) -> dict[str, tuple[str, int]]:
    """The fields by their names in lower case, the first of each, with where their values begin; what is broken ends
    them.
    """
    found: dict[str, tuple[str, int]] = {}
    while field := _FIELD.match(body, at):
        value, end = _value(body, field.end(), strings)
        found.setdefault(field[1].lower(), (value, field.end()))
        at = end
    return found


def _value(body: str, at: int, strings: Definitions) -> tuple[str, int]:
    """Parts joined by `#`, each in braces, in quotation marks, a number or the name of a string; and where they end."""
    parts: list[str] = []
    while part := _PART.match(body, at):
        at = part.end()
        if part[1] or part[2]:
            parts.append(part[1] or strings.get(part[2].lower(), part[2]))
        else:
            end = _end(body, at, part[0][-1])
            parts.append(body[at:end])
            at = end + 1
        if (join := _JOIN.match(body, at)) is None:
            break
        at = join.end()
    return "".join(parts), at


def _end(body: str, at: int, opening: str) -> int:
    """Where the value that began at `at` ends."""
    depth = 0
    for mark in (_QUOTE if opening == '"' else _BRACE).finditer(body, at):
        if mark[0] == "{":
            depth += 1
        elif mark[0] == ("}" if opening == "{" else '"') and depth == 0:
            return mark.start()
        elif mark[0] == "}":
            depth -= 1
    return len(body)
