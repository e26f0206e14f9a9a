"""Opening training files, compressed or not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def read_text(path: Path) -> str:
    """A UTF-8 file's text."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return stream.read()
    return path.read_text(encoding="utf-8")


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file. ValueError names the line that is none."""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip():
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError(f"line {number} is no JSON object")
            yield value


def either(folder: Path, name: str) -> Path:
    """`name` in a folder, or `name`.gz."""
    plain = folder / name
    return plain if plain.exists() else folder / f"{name}.gz"
