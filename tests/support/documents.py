"""Small folders and files of records to ingest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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
