"""The catalogue's rows for a process that asks with every request: read again only once somebody has changed them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from engine.settings import settings
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.catalogue.commits import Commits, Version
from engine.store.catalogue.mounts import refuse_network
from engine.store.catalogue.outdated import refuse_outdated
from engine.store.layout import Home


class CatalogueWatch:
    """Finds collections by name. Safe under threads.

    PostgreSQL's rows, and those of a home that may only be read, are read each time.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = Home(home).catalogue
        self._lock = threading.Lock()
        self._commits = Commits(self._file, "rw")
        self._seen: Version | None = None
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
        self._commits.close()

    def _version(self) -> Version | None:
        """The catalogue's version, None where it cannot be known: then the rows are read, and the catalogue says what
        is wrong with it.
        """
        if settings().catalogue is not None or not os.access(self._file.parent, os.W_OK):
            return None
        if self._seen is None:
            refuse_network(self._file.parent)
        return self._commits.version()
