"""Checksums of files, remembered for as long as a file has not changed.

Segments are never written to again. So what a file's bytes were found to be holds while its inode, size and times are
the same, and is looked at once more a day later, in the background, for what a disk does behind everybody's back.
What took long to read is remembered in the collection's directory for the next process.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from engine.errors import StoreDamaged
from engine.fingerprint import digest_file
from engine.remembered import READ_AGAIN_SECONDS, Stamp, stamp_of
from engine.settings import settings
from engine.store import names
from engine.store.files import TEMPORARY
from engine.store.sealed import read_sealed, seal

FILE = "digests.json"
_WORTH_WRITING = 16 << 20  # bytes; fewer are read in some 20 ms
_WORTH_THREADS = 32 << 20


class _Known(NamedTuple):
    stamp: Stamp
    sha256: str
    read_at: float  # seconds since 1970


class Digests:
    """Remembered digests of one collection's files. Safe under threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._prefix = f"{root}{os.sep}"
        self._lock = threading.Lock()
        self._known = _read(root / FILE)
        self._unwritten = 0

    def digest(self, path: Path) -> str:
        """SHA-256 of a file, remembered or read. FileNotFoundError."""
        known = self._find(path)
        if known is None:
            return self.read(path)
        if not 0 <= time.time() - known.read_at < READ_AGAIN_SECONDS:
            _read_later(self, path)
        return known.sha256

    def digests(self, paths: Iterable[Path]) -> None:
        """Read what is not remembered of several files, large ones side by side. FileNotFoundError."""
        unknown = [path for path in paths if self._find(path) is None]
        threads = min(len(unknown), settings().threads)
        if threads > 1 and sum(path.stat().st_size for path in unknown) > _WORTH_THREADS:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(self.read, unknown))
        else:
            for path in unknown:
                self.read(path)
        self._write()

    def read(self, path: Path) -> str:
        """SHA-256 of a file's bytes as they are now, which is remembered. FileNotFoundError."""
        before = stamp_of(path)
        settled = before.settled
        sha256 = digest_file(path)
        if settled and stamp_of(path) == before:
            with self._lock:
                self._known[self._name(path)] = _Known(before, sha256, time.time())
                self._unwritten += before.size
        return sha256

    def _find(self, path: Path) -> _Known | None:
        known = self._known.get(self._name(path))
        return known if known is not None and known.stamp == stamp_of(path) else None

    def _name(self, path: Path) -> str:
        return str(path).removeprefix(self._prefix)

    def _write(self) -> None:
        """Keep what was read for the next process, where it was much. It is no loss where that fails."""
        with self._lock:
            if self._unwritten < _WORTH_WRITING:
                return
            self._unwritten = 0
            kept = {name: known for name, known in self._known.items() if (self._root / name).exists()}
        data = {name: [*known.stamp, known.sha256, known.read_at] for name, known in kept.items()}
        temporary = self._root / f".{FILE}.{os.getpid()}.{threading.get_ident()}{TEMPORARY}"
        try:
            temporary.write_bytes(seal({"files": data}))
            temporary.replace(self._root / FILE)
        except OSError:
            temporary.unlink(missing_ok=True)


@lru_cache(maxsize=256)
def digests_of(root: Path) -> Digests:
    """The checksums of a collection's files, by its directory; one for all that read it in this process."""
    return Digests(root)


def _read(path: Path) -> dict[str, _Known]:
    """Digests that an earlier process remembered; none where they cannot be read."""
    try:
        with names.typed(path, "a list of checksums"):
            found = read_sealed(path)["files"].items()
            return {name: _Known(Stamp(*value[:4]), str(value[4]), float(value[5])) for name, value in found}
    except (StoreDamaged, OSError):
        return {}


_waiting: queue.SimpleQueue[tuple[Digests, Path]] = queue.SimpleQueue()
_due: set[Path] = set()


def _read_later(digests: Digests, path: Path) -> None:
    if path in _due:
        return
    _due.add(path)
    _waiting.put((digests, path))
    _reader()


@lru_cache(maxsize=1)
def _reader() -> threading.Thread:
    thread = threading.Thread(target=_read_on, name="reads segments again", daemon=True)
    thread.start()
    return thread


def _read_on() -> None:
    while True:
        digests, path = _waiting.get()
        try:
            digests.read(path)
            digests._write()
        except OSError:  # it is gone: whoever needs it will say so
            pass
        finally:
            _due.discard(path)
