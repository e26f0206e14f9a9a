"""Names of members. Nothing is written to disk, where a name could do harm; as part of an id it must be plain text."""

from __future__ import annotations

import re

from indexer.parsers.decoding import clean

LENGTH = 1000  # characters of a path
_DRIVE = re.compile(r"[A-Za-z]:")


def safe_path(name: str) -> str:
    """The path with `/` between its parts, without a root, a drive, parts that lead upwards and control characters."""
    parts = _DRIVE.sub("", clean(name).replace("\\", "/"), count=1).split("/")
    printable = ("".join(filter(str.isprintable, part)).strip() for part in parts)
    return "/".join(part for part in printable if part not in ("", ".", "..")) or "unnamed"


def decoded(name: bytes) -> str:
    """A name that declares no encoding: UTF-8, else that of the first PCs."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")
