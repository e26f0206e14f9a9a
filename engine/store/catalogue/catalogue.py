"""The catalogue: which generation of each collection is the current one. One table, one transaction per commit.

SQLite in the home by default, PostgreSQL where the settings name one (engine/store/catalogue/databases.py).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from engine.errors import (
    CatalogueMissing,
    CollectionExists,
    CollectionNotFound,
    FormatTooNew,
    HomeMissing,
    StorageFailed,
    UsageError,
    WriterBusy,
)
from engine.refusals import OUT_OF_SPACE, errno_of, remedy_of
from engine.settings import settings
from engine.store.catalogue.databases import VERSION_TABLE, Database, SqliteDatabase, database
from engine.store.files import fsync_path, make_directories
from engine.store.layout import CollectionLayout, Home
from engine.store.sealed import read_sealed

log = logging.getLogger(__name__)

HEAD = "0001"  # the newest revision in migrations/versions
_REPAIR = "Run `winnow repair --catalogue`; nothing has been deleted."

_seen: set[Path] = set()  # homes in which this process has seen collections

_metadata = MetaData()
_collections = Table(
    "collections",
    _metadata,
    Column("uuid", String(32), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("generation", Integer, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
)


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
        if url is not None and self._home.private.exists():
            url = None
        self._database = database(url, self._home.catalogue)

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
        with self._connected(create=True):
            pass
        fsync_path(self._home.root)

    def insert(self, row: CollectionRow) -> None:
        """Add a collection. UsageError if its name is taken."""
        try:
            with self._write() as connection:
                connection.execute(_collections.insert().values(**asdict(row)))
        except IntegrityError:
            raise UsageError(f"A collection {row.name!r} exists already.", "Run the command again.") from None

    def advance(self, uuid: str, expected: int, generation: int) -> None:
        """Make `generation` current if `expected` still is; WriterBusy if not. Durable when it returns."""
        with self._write() as connection:
            changed = connection.execute(
                _collections.update()
                .where(_collections.c.uuid == uuid, _collections.c.generation == expected)
                .values(generation=generation, updated_at=now())
            ).rowcount
            if changed != 1:
                raise WriterBusy(
                    f"Collection {uuid} is no longer at generation {expected}: somebody else changed the catalogue.",
                    "Run the command again.",
                )

    def rename(self, uuid: str, name: str) -> None:
        """Give a collection another name. CollectionExists if it is taken. Durable when it returns."""
        try:
            with self._write() as connection:
                connection.execute(
                    _collections.update().where(_collections.c.uuid == uuid).values(name=name, updated_at=now())
                )
        except IntegrityError:
            raise CollectionExists(f"There is a collection {name!r} already.", "Choose another name.") from None

    def remove(self, uuid: str) -> None:
        """Forget a collection; its files are the caller's. Durable when it returns."""
        with self._write() as connection:
            connection.execute(_collections.delete().where(_collections.c.uuid == uuid))

    def known(self) -> list[CollectionRow]:
        """The rows by name, whatever lies on disk. CatalogueMissing only if the catalogue cannot be read; HomeMissing
        if this process has seen it before, and nothing is there any more.
        """
        if not self._database.exists():
            self._refuse_vanished()
            return []
        try:
            rows = self._read()
        except StorageFailed as error:
            rows = self._read_alone(error)
        if rows and not self._home.root.is_dir():
            raise self._vanished()
        if self._home.collections.is_dir():
            _seen.add(self._home.root)
        return rows

    def _read_alone(self, refused: StorageFailed) -> list[CollectionRow]:
        """The rows where the disk refuses what reading beside others needs; `refused` if others use the catalogue, or
        the disk refuses this as well.
        """
        try:
            rows = self._read(alone=True)
        except (DatabaseError, StorageFailed) as error:
            raise refused from error
        log.warning("%s It was read by this process alone, which needs no room on the disk.", refused.message)
        return rows

    def _read(self, *, alone: bool = False) -> list[CollectionRow]:
        with self._connected(alone=alone) as connection, connection.begin():
            found = connection.execute(_collections.select().order_by(_collections.c.name))
            return [CollectionRow(**row) for row in found.mappings()]

    def set_aside(self, stamp: str) -> None:
        """Give an unreadable catalogue another name, so that a new one can be made; CatalogueMissing on a server."""
        if not isinstance(self._database, SqliteDatabase):
            raise CatalogueMissing(f"{self._database} cannot be read.", "Restore its tables, or drop them all.")
        for suffix in ("", "-wal", "-shm"):
            path = self._home.catalogue.with_name(self._home.catalogue.name + suffix)
            if path.exists():
                path.rename(f"{path}.{stamp}")

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        if not self._database.exists():
            raise self._missing()
        with self._connected() as connection, self._database.writing(connection).begin():
            yield connection

    @contextmanager
    def _connected(self, *, create: bool = False, alone: bool = False) -> Iterator[Connection]:
        """A connection to a catalogue of the present revision; CatalogueMissing if it is none, StorageFailed where
        the disk refuses; other errors pass.
        """
        try:
            with self._database.connect(create=create, alone=alone) as connection:
                _migrate(self._database, connection)
                yield connection
        except IntegrityError:
            raise
        except DatabaseError as error:
            number = errno_of(error, self._home.catalogue)
            if self._database.damaged(error) and number not in OUT_OF_SPACE:
                raise CatalogueMissing(f"{self._database} cannot be read: {error.orig}.", _REPAIR) from error
            if number is not None and number not in OUT_OF_SPACE:
                remedy = remedy_of(error, self._home.catalogue)
                raise StorageFailed(f"{self._database} cannot be used: {error.orig}.", remedy) from error
            raise

    def _refuse_unknown(self, known: set[str], name: str | None) -> None:
        """Raise CatalogueMissing if a collection with data is on disk but not in the catalogue (of that name,
        if given).
        """
        for layout in self._home.all_collections():
            if layout.uuid not in known and _holds_data(layout) and name in (None, _name_on_disk(layout)):
                raise self._missing()

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
            f"Collections lie in {self._home.collections}, but {self._database} does not know them.", _REPAIR
        )


def _holds_data(layout: CollectionLayout) -> bool:
    """A collection whose creation was cut short holds none, and is no reason to refuse anything."""
    return layout.segments.is_dir() and any(layout.segments.iterdir())


def _name_on_disk(layout: CollectionLayout) -> str:
    return str(read_sealed(layout.identity).get("name"))


def _migrate(database: Database, connection: Connection) -> None:
    """Bring the schema to HEAD. FormatTooNew if it is past it. Alembic is imported only where there is work to do."""
    if _revision(connection) == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with database.writing(connection).begin():
        database.lock_migration(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise FormatTooNew(f"The catalogue cannot be read by this Winnow: {error}.", "Update Winnow.") from error


def _revision(connection: Connection) -> str | None:
    with connection.begin():
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        found: Any = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
        return found if found is None else str(found)
