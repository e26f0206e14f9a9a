"""Keys that were recognised lately: looking one up takes microseconds for as long as nobody writes to their file."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from engine.store.catalogue.commits import Commits, Version

Key = TypeVar("Key")


class KnownKeys(Generic[Key]):
    """Keys by the digest of their secret, forgotten whenever their file has changed. Safe under threads."""

    def __init__(self, file: Path) -> None:
        self._commits = Commits(file, "ro")
        self._lock = Lock()
        self._version: Version | None = None
        self._keys: dict[str, Key] = {}

    def version(self) -> Version | None:
        """The version of the file, to be asked for before a key is read from it."""
        return self._commits.version()

    def get(self, digest: str) -> Key | None:
        """The key, as the file has it now; None where the file has to be read."""
        version = self._commits.version()
        with self._lock:
            return self._keys.get(digest) if version is not None and version == self._version else None

    def put(self, digest: str, key: Key, version: Version | None) -> None:
        """Keep a key that was read in this version of the file or a later one."""
        if version is None:
            return
        with self._lock:
            if version != self._version:
                self._keys.clear()
            self._version = version
            self._keys[digest] = key
