"""Opening training files, compressed or not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from engine.text.json_lines import numbered_lines


def open_bytes(path: Path) -> IO[bytes]:
    """A file to be read, decompressed if its name ends in .gz."""
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def read_text(path: Path) -> str:
    """A UTF-8 file's text."""
    with open_bytes(path) as stream:
        return stream.read().decode("utf-8")


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file. ValueError names the line that is none."""
    with open_bytes(path) as stream:
        for number, line in numbered_lines(stream):
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError(f"line {number} is not a JSON object")
            yield value


def either(folder: Path, name: str) -> Path:
    """`name` in a folder, or `name`.gz."""
    plain = folder / name
    return plain if plain.exists() else folder / f"{name}.gz"
