"""Facts that take long to find out, remembered from one process to the next: above all SHA-256 of large files that
hardly ever change, such as a model's.

What a file's bytes were found to be holds while its inode, size and times are the same; after a day it is read again.
Reading a model's weights takes longer than a search.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from engine.fingerprint import digest_file
from engine.settings import settings

FILE = "digests.json"  # in the folder of caches
READ_AGAIN_SECONDS = 86_400.0
_SETTLED_NS = 50_000_000  # a file may change twice within one tick of its clock: a younger one is not remembered
_WORTH = 1 << 20  # bytes; fewer are read in a millisecond

_lock = threading.Lock()


class Stamp(NamedTuple):
    """Numbers that change whenever somebody writes to a file."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int  # no program can set it

    @property
    def settled(self) -> bool:
        """Whether the file's next change will show."""
        return time.time_ns() - self.ctime_ns > _SETTLED_NS


def stamp_of(path: Path) -> Stamp:
    """The present stamp of a file. FileNotFoundError."""
    found = path.stat()
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def remembered_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, remembered where it is large. FileNotFoundError."""
    stamp = stamp_of(path)
    if stamp.size < _WORTH:
        return digest_file(path)
    memory, name = settings().cache / FILE, os.path.realpath(path)
    known = read_cache(memory).get(name)  # stamp, digest, time of reading (seconds since 1970)
    if known is not None and known[:4] == list(stamp) and 0 <= time.time() - known[5] < READ_AGAIN_SECONDS:
        return str(known[4])
    settled = stamp.settled
    sha256 = digest_file(path)
    if settled and stamp_of(path) == stamp:
        with _lock:
            files = {**read_cache(memory), name: [*stamp, sha256, time.time()]}
            write_cache(memory, {name: known for name, known in files.items() if Path(name).exists()})
    return sha256


def read_cache(path: Path) -> dict[str, Any]:
    """The object in a small file of the folder of caches, {} where there is none or it is damaged."""
    try:
        checksum, body = path.read_bytes().split(b"\n", 1)
        if checksum.decode() != hashlib.sha256(body).hexdigest():
            return {}
        found: dict[str, Any] = json.loads(body)
    except (OSError, ValueError):
        return {}
    return found


def write_cache(path: Path, value: Mapping[str, Any]) -> None:
    """Keep an object for the next process, whole or not at all. Where that fails, that one finds it out by itself."""
    body = json.dumps(value).encode()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
