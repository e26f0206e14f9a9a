"""Whether anybody has written to an SQLite file since one last looked, for a process that asks with every request."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from threading import Lock

from engine.store.catalogue.sqlite_file import address_of

# How often the file was opened, SQLite's count of others' commits since then, and the file's size and the time of its
# last change, which tell of what is written past SQLite. The time alone would not do: its clock ticks too slowly.
Version = tuple[int, int, int, int]


class Commits:
    """Tells versions of a file apart in some microseconds. Safe under threads.

    SQLite says whether another connection has committed (https://sqlite.org/pragma.html#pragma_data_version).

    Args:
        file: the SQLite file, which need not be there.
        mode: how it is opened, "rw" or "ro".
    """

    def __init__(self, file: Path, mode: str) -> None:
        self._file, self._mode = file, mode
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None  # its device and inode
        self._times = 0

    def version(self) -> Version | None:
        """The version that the file has now; None where that cannot be told, because it is gone, say, or busy."""
        with self._lock:
            try:
                status = self._file.stat()
                file = status.st_dev, status.st_ino
                if self._connection is None or file != self._opened:
                    self._disconnect()
                    address = address_of(self._file, self._mode)
                    self._connection = sqlite3.connect(address, uri=True, timeout=0.0, check_same_thread=False)
                    self._opened, self._times = file, self._times + 1
                (count,) = self._connection.execute("PRAGMA data_version").fetchone()
                return self._times, count, status.st_size, status.st_mtime_ns
            except (OSError, sqlite3.Error):
                self._disconnect()
                return None

    def close(self) -> None:
        with self._lock:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._opened = None
