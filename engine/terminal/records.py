"""Records for programs: a JSON object a line, CSV, a Markdown table; paths for `xargs`."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from engine.terminal.output import count, print_json, printable

Record = Mapping[str, Any]
RecordFormat = Literal["jsonl", "csv", "md"]

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&])")
_PART = re.compile(r"[#!/]")  # what stands between a file and what lies inside it
_SAFE_IN_URLS = "%/:?#[]@!$&'()*+,;=~"


def print_records(records: Iterable[Record], columns: Sequence[str], format: RecordFormat) -> None:
    """Records on stdout: whole as `jsonl`, their `columns` as `csv` with a header, or as a Markdown table."""
    if format == "jsonl":
        for record in records:
            print_json(record)
        return
    rows = [[_cell(record.get(column)) for column in columns] for record in records]
    if format == "csv":
        _print_csv([columns, *rows])
    else:
        lines = [columns, ["---"] * len(columns), *([markdown(value) for value in row] for row in rows)]
        for line in lines:
            print(f"| {' | '.join(line)} |")


def print_files(uris: Iterable[str], *, null: bool) -> None:
    """The files that documents lie in, each once: a path a line, or with a NUL after it. What lies in no file of this
    machine, such as what a program has handed over, is left out and counted on stderr.
    """
    found = [file_of(uri) for uri in uris]
    for path in dict.fromkeys(path for path in found if path is not None):
        shown = printable(path) if sys.stdout.isatty() else path
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(shown) + (b"\0" if null else b"\n"))
    if missing := found.count(None):
        print(f"{count(missing, 'document')} in no file of this machine: left out.", file=sys.stderr)


def file_of(uri: str) -> str | None:
    """The file in which a document lies, be it a record or a member of it; None where it is in no file, as URLs are."""
    if not uri.startswith("/"):
        return None
    ends = [len(uri), *(match.start() for match in reversed(list(_PART.finditer(uri))))]
    # os.path, since a Path refuses to look at what is no path, such as a name that is too long.
    return next((uri[:end] for end in ends if end and os.path.isfile(uri[:end])), uri)  # noqa: PTH113


def link_to(uri: str) -> str | None:
    """The address that opens a document: `file://` for a file, one of the web as it is; None for others."""
    if path := file_of(uri):
        return Path(path).as_uri()
    return quote(uri, safe=_SAFE_IN_URLS, errors="replace") if uri.startswith(("https://", "http://")) else None


def markdown(text: str) -> str:
    """Text on one line, in which nothing is taken for Markdown or HTML."""
    return _MARKDOWN.sub(r"\\\1", " ".join(printable(" ".join(text.split())).split()))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _print_csv(rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    print(text.getvalue().encode("utf-8", errors="backslashreplace").decode("utf-8"), end="")
