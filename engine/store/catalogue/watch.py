"""The catalogue's rows for a process that asks with every request: read again only once somebody has changed them."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

from engine.settings import settings
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.catalogue.mounts import refuse_network
from engine.store.catalogue.outdated import refuse_outdated
from engine.store.catalogue.sqlite_file import address_of
from engine.store.layout import Home

_Version = tuple[int, int, int]  # the file's device and inode, and SQLite's own count of others' commits


class CatalogueWatch:
    """Finds collections by name. Safe under threads.

    SQLite tells in some microseconds whether another connection has committed (`PRAGMA data_version`,
    https://sqlite.org/pragma.html#pragma_data_version). PostgreSQL's rows, and those of a home that may only be read,
    are read each time.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = Home(home).catalogue
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self._seen: _Version | None = None
        self._rows: dict[str, CollectionRow] = {}

    def get(self, name: str) -> CollectionRow:
        """The collection's row as it is now; what `Catalogue.get` raises."""
        with self._lock:
            version = self._version()
            if version is None or version != self._seen:
                # Asked for the version first: what is committed meanwhile is read now, and once more the next time.
                rows = {row.name: row for row in Catalogue(self._home).rows()}
                if name in rows and name in self._rows and rows[name].generation < self._rows[name].generation:
                    refuse_outdated(Home(self._home).collection(rows[name].uuid), rows[name])
                self._rows = rows
                self._seen = version
            row = self._rows.get(name)
        return row if row is not None else Catalogue(self._home).get(name)

    def close(self) -> None:
        with self._lock:
            self._disconnect()

    def _version(self) -> _Version | None:
        """The catalogue's version, None where it cannot be known: then the rows are read, and the catalogue says what
        is wrong with it.
        """
        if settings().catalogue is not None or not os.access(self._file.parent, os.W_OK):
            return None
        try:
            status = self._file.stat()
            file = status.st_dev, status.st_ino
            if self._connection is None or file != self._opened:  # a restored or repaired catalogue is another file
                self._disconnect()
                refuse_network(self._file.parent)
                address = address_of(self._file, "rw")
                self._connection, self._opened = sqlite3.connect(address, uri=True, check_same_thread=False), file
            return (*file, self._connection.execute("PRAGMA data_version").fetchone()[0])
        except (OSError, sqlite3.Error):
            self._disconnect()
            return None

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._opened = self._seen = None
