"""JSON that carries its own checksum, so that one flipped bit in a manifest is noticed.

The checksum is the first member, and covers every byte of the file that follows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import FormatTooNew, StoreDamaged
from engine.store import FORMAT, names
from engine.store.formats import kind_of, to_present

_BEGIN = b'{"checksum": "'
_HEX = 64


def seal(data: Mapping[str, Any], written_in: int = FORMAT) -> bytes:
    """Readable JSON with the format's number and a SHA-256 over everything behind it."""
    body = json.dumps({"format": written_in, **data}, indent=1, ensure_ascii=False)[1:].encode() + b"\n"
    return _BEGIN + hashlib.sha256(body).hexdigest().encode() + b'",' + body


def read_sealed(path: Path) -> dict[str, Any]:
    """The data of a sealed file. As the present format has it. StoreDamaged if any byte differs; FormatTooNew."""
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise StoreDamaged(f"{path} is missing.", "Run `winnow repair` with the collection's name.") from error
    return unseal(raw, str(path))


def written_in(path: Path) -> int:
    """The format that a sealed file was written in; 0 where it cannot be read."""
    try:
        return int(json.loads(path.read_bytes())["format"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0


def unseal(raw: bytes, origin: str) -> dict[str, Any]:
    """The data of a sealed file's bytes, which came from `origin`. Raises as `read_sealed`."""
    checksum, body = raw[: len(_BEGIN) + _HEX + 2], raw[len(_BEGIN) + _HEX + 2 :]
    if checksum != _BEGIN + hashlib.sha256(body).hexdigest().encode() + b'",':
        raise StoreDamaged(
            f"{origin} does not match its checksum.",
            "Run `winnow repair` with the collection's name, or restore a backup.",
        )
    with names.typed(origin, "a sealed file", _OTHER):
        data: dict[str, Any] = json.loads(raw)
        del data["checksum"]
        written_in = names.whole_number(data.pop("format"), "a format", 1)
    try:
        with names.typed(origin, "a sealed file", _OTHER):
            return to_present(data, kind_of(Path(origin)), written_in)
    except FormatTooNew as error:
        raise FormatTooNew(f"{origin}: {error.message}", error.remedy) from None


_OTHER = "It was not written by Winnow, or by another version of it. Restore a backup."
