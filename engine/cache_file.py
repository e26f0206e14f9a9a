"""A small file of JSON in the folder of caches: whole or ignored, since what it holds can be found out again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


def read_cache(path: Path) -> dict[str, Any]:
    """The object in the file, {} where there is none or it is damaged."""
    try:
        checksum, body = path.read_bytes().split(b"\n", 1)
        if checksum.decode() != hashlib.sha256(body).hexdigest():
            return {}
        found: dict[str, Any] = json.loads(body)
    except (OSError, ValueError):
        return {}
    return found


def write_cache(path: Path, value: Mapping[str, Any]) -> None:
    """Keep it for the next process. Where that fails, the next one finds it out by itself."""
    body = json.dumps(value).encode()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
