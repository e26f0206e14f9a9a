"""The catalogue: which generation of each collection is the current one. One table, one transaction per commit.

SQLite in the home by default, PostgreSQL where the settings name one (engine/store/catalogue/databases.py).
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import CatalogueMissing, CollectionNotFound, HomeMissing, StorageFailed, StoreDamaged
from engine.settings import settings
from engine.store.catalogue.sqlite_file import REPAIR, Row, read_rows
from engine.store.files import fsync_path, make_directories
from engine.store.layout import CollectionLayout, Home
from engine.store.locks import is_locked
from engine.store.sealed import read_sealed

if TYPE_CHECKING:
    from engine.store.catalogue.databases import Database
    from engine.store.catalogue.table import CatalogueTable

log = logging.getLogger(__name__)

_seen: set[Path] = set()  # homes in which this process has seen collections


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection as the catalogue knows it. Times are ISO 8601, UTC."""

    uuid: str
    name: str
    generation: int
    created_at: str
    updated_at: str


def now() -> str:
    """The present, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Catalogue:
    """The catalogue of one home. Cheap to make: each method opens, uses and closes a connection."""

    def __init__(self, home: Path) -> None:
        self._home = Home(home)
        url = settings().catalogue
        self._url = None if url is not None and self._home.private.exists() else url
        if self._url is not None:
            _ = self._database  # which refuses at once what names none

    @cached_property
    def _database(self) -> Database:
        """Where the table is kept; looked up only where the file alone does not answer."""
        from engine.store.catalogue.databases import database

        return database(self._url, self._home.catalogue)

    @cached_property
    def _table(self) -> CatalogueTable:
        from engine.store.catalogue.table import CatalogueTable

        return CatalogueTable(self._database, self._home.catalogue)

    def rows(self) -> list[CollectionRow]:
        """Every collection by name. CatalogueMissing if there is none while collections with data lie on disk."""
        rows = self.known()
        if not rows:
            self._refuse_unknown(set(), None)
        return rows

    def get(self, name: str) -> CollectionRow:
        """The collection's row. CollectionNotFound, naming the known ones, or CatalogueMissing."""
        rows = self.rows()
        for row in rows:
            if row.name == name:
                return row
        self._refuse_unknown({row.uuid for row in rows}, name)
        known = ", ".join(row.name for row in rows)
        raise CollectionNotFound(
            f"There is no collection {name!r} in {self._home.root}.",
            f"Known collections: {known}." if known else "Make one with `winnow ingest`.",
        )

    def create(self, *, adopting: bool = False) -> None:
        """Make the catalogue. CatalogueMissing if it would hide collections on disk, unless one is `adopting` them."""
        if not self._database.exists():
            self._refuse_vanished()
            if not adopting:
                self._refuse_unknown(set(), None)
        make_directories(self._home.root)
        self._table.create()
        fsync_path(self._home.root)

    def insert(self, row: CollectionRow) -> None:
        """Add a collection. UsageError if its name is taken."""
        self._there().insert(asdict(row))

    def advance(self, uuid: str, expected: int, generation: int) -> None:
        """Make `generation` current if `expected` still is; WriterBusy if not. Durable when it returns."""
        self._there().advance(uuid, expected, generation, now())

    def rename(self, uuid: str, name: str) -> None:
        """Give a collection another name. CollectionExists if it is taken. Durable when it returns."""
        self._there().rename(uuid, name, now())

    def remove(self, uuid: str) -> None:
        """Forget a collection; its files are the caller's. Durable when it returns."""
        self._there().remove(uuid)

    def known(self) -> list[CollectionRow]:
        """The rows by name, whatever lies on disk. CatalogueMissing only if the catalogue cannot be read; HomeMissing
        if this process has seen it before, and nothing is there any more.
        """
        found = read_rows(self._home.catalogue) if self._url is None else None
        if found is None:
            if not self._database.exists():
                self._refuse_vanished()
                return []
            found = self._read()
        if found and not self._home.root.is_dir():
            raise self._vanished()
        if self._home.collections.is_dir():
            _seen.add(self._home.root)
        return [self._checked(row) for row in found]

    def _checked(self, row: Row) -> CollectionRow:
        """The row, whose cells may be of any type: SQLite says that of each, and one bit makes bytes of a text."""
        for cell in (row[0], row[1], *row[3:]):
            if not isinstance(cell, str):
                raise CatalogueMissing(f"{self._database} is damaged: {cell!r} cannot be a text of it.", REPAIR)
        return CollectionRow(*row)

    def _read(self) -> list[Row]:
        try:
            return self._table.rows()
        except StorageFailed as refused:
            rows = self._table.rows_alone(refused)
            log.warning("%s It was read by this process alone, which needs no room on the disk.", refused.message)
            return rows

    def set_aside(self, stamp: str) -> None:
        """Give an unreadable catalogue another name, so that a new one can be made; CatalogueMissing on a server."""
        if self._url is not None:
            raise CatalogueMissing(f"{self._database} cannot be read.", "Restore its tables, or drop them all.")
        for suffix in ("", "-wal", "-shm"):
            path = self._home.catalogue.with_name(self._home.catalogue.name + suffix)
            if path.exists():
                path.rename(f"{path}.{stamp}")

    def _there(self) -> CatalogueTable:
        """The table, where there is one to be changed; CatalogueMissing."""
        if not self._database.exists():
            raise self._missing()
        return self._table

    def _refuse_unknown(self, known: set[str], name: str | None) -> None:
        """Raise CatalogueMissing if a collection with data is on disk but not in the catalogue (of that name,
        if given).
        """
        for layout in self._home.all_collections():
            if layout.uuid not in known and _holds_data(layout, name) and self._is_lost(layout):
                raise self._missing()

    def _is_lost(self, layout: CollectionLayout) -> bool:
        """Whether nobody is just deleting or restoring the collection, nor has done so since the rows were read: that
        changes first the one and then the other, under the writer's lock.
        """
        if is_locked(layout.writer_lock) or layout.deleted.exists() or not layout.identity.exists():
            return False
        return layout.uuid not in {row.uuid for row in self.known()}

    def _refuse_vanished(self) -> None:
        """Raise HomeMissing if this process has read the catalogue before, and neither it nor any collection is
        left.
        """
        if self._home.root in _seen and not self._home.collections.is_dir():
            raise self._vanished()

    def _vanished(self) -> HomeMissing:
        return HomeMissing(
            f"{self._home.root} no longer holds the collections that were there.",
            "It was renamed or removed, or its disk is not mounted: bring it back, or begin with another home.",
        )

    def _missing(self) -> CatalogueMissing:
        return CatalogueMissing(
            f"Collections lie in {self._home.collections}, but {self._database} does not know them.", REPAIR
        )


def _holds_data(layout: CollectionLayout, name: str | None) -> bool:
    """Whether data lies there, of a collection of that name, if given. One whose creation was cut short holds none,
    and is no reason to refuse anything; neither is one that goes away meanwhile.
    """
    try:
        return any(layout.segments.iterdir()) and name in (None, read_sealed(layout.identity).get("name"))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except StoreDamaged:
        if layout.identity.exists():
            raise
        return False
