"""Small folders and files of records to ingest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.types import Locator, LocatorKind
from indexer.parsers import Parsed
from indexer.sources.source import Source

TOPICS = ("river", "bridge", "city", "food", "year", "search", "engine", "passage")


def write_folder(root: Path, texts: Mapping[str, str]) -> Path:
    """Files by relative name."""
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def write_records(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """A JSONL file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def located(uri: str, text: str, kind: LocatorKind, starts: Mapping[str, str]) -> Source:
    """A document at a web address; `starts` are the places of its file, each by the words with which it begins."""
    locators = tuple(Locator(text.index(words), kind, value) for words, value in starts.items())
    parsed = Parsed(uri.rpartition("/")[2], text, locators=locators, language="en")
    return Source(uri, uri, hashlib.sha256(repr(parsed).encode()).hexdigest(), lambda: parsed)


def topical(count: int) -> list[dict[str, Any]]:
    """Records with two topics each, a year, a tag and a flag; the number of a record is a word of its text."""
    return [
        {
            "id": f"d{number:03d}",
            "title": f"Note {number}",
            "text": f"The {TOPICS[number % 8]} and the {TOPICS[number // 8 % 8]}, document {number}. "
            + f"It is of the {TOPICS[number % 8]}. " * (number % 3),
            "year": 2000 + number % 20,
            "tags": ["even" if number % 2 == 0 else "odd", TOPICS[number % 8]],
            "checked": number % 5 == 0,
        }
        for number in range(count)
    ]
