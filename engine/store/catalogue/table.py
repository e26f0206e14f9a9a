"""The catalogue's table through SQLAlchemy, in whichever database, brought to the present revision when opened."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from engine.errors import CatalogueMissing, CollectionExists, FormatTooNew, StorageFailed, UsageError, WriterBusy
from engine.refusals import OUT_OF_SPACE, errno_of, remedy_of
from engine.store.catalogue.databases import Database
from engine.store.catalogue.sqlite_file import HEAD, REPAIR, VERSION_TABLE, Row

collections = Table(
    "collections",
    MetaData(),
    Column("uuid", String(32), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("generation", Integer, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
)


def preload() -> None:
    """Import what takes a quarter of a second when the first catalogue of a process is made."""
    import alembic.command  # noqa: F401


class CatalogueTable:
    """Reads and changes the rows. `file` is where SQLite keeps them, or would: what an error may be about."""

    def __init__(self, database: Database, file: Path) -> None:
        self._database, self._file = database, file

    def create(self) -> None:
        with self._connected(create=True):
            pass

    def rows(self, *, alone: bool = False) -> list[Row]:
        """All rows by name. CatalogueMissing where they cannot be read, StorageFailed where the disk refuses; `alone`
        also what SQLAlchemy raises.
        """
        with self._connected(alone=alone) as connection, connection.begin():
            found = connection.execute(collections.select().order_by(collections.c.name))
            return [(row.uuid, row.name, row.generation, row.created_at, row.updated_at) for row in found]

    def rows_alone(self, refused: StorageFailed) -> list[Row]:
        """The rows where the disk refuses what reading beside others needs; `refused` if others use the catalogue, or
        the disk refuses this as well.
        """
        try:
            return self.rows(alone=True)
        except (DatabaseError, StorageFailed) as error:
            raise refused from error

    def insert(self, row: dict[str, Any]) -> None:
        """Add a row. UsageError if its name is taken."""
        try:
            with self._write() as connection:
                connection.execute(collections.insert().values(**row))
        except IntegrityError:
            raise UsageError(f"A collection {row['name']!r} exists already.", "Run the command again.") from None

    def advance(self, uuid: str, expected: int, generation: int, at: str) -> None:
        """Make `generation` current if `expected` still is; WriterBusy if not."""
        with self._write() as connection:
            changed = connection.execute(
                collections.update()
                .where(collections.c.uuid == uuid, collections.c.generation == expected)
                .values(generation=generation, updated_at=at)
            ).rowcount
            if changed != 1:
                raise WriterBusy(
                    f"Collection {uuid} is no longer at generation {expected}: somebody else changed the catalogue.",
                    "Run the command again.",
                )

    def rename(self, uuid: str, name: str, at: str) -> None:
        """Give a row another name. CollectionExists if it is taken."""
        try:
            with self._write() as connection:
                connection.execute(
                    collections.update().where(collections.c.uuid == uuid).values(name=name, updated_at=at)
                )
        except IntegrityError:
            raise CollectionExists(f"There is a collection {name!r} already.", "Choose another name.") from None

    def remove(self, uuid: str) -> None:
        with self._write() as connection:
            connection.execute(collections.delete().where(collections.c.uuid == uuid))

    @contextmanager
    def _write(self) -> Iterator[Connection]:
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
            number = errno_of(error, self._file)
            if self._database.damaged(error) and number not in OUT_OF_SPACE:
                raise CatalogueMissing(f"{self._database} cannot be read: {error.orig}.", REPAIR) from error
            if number is not None and number not in OUT_OF_SPACE:
                remedy = remedy_of(error, self._file)
                raise StorageFailed(f"{self._database} cannot be used: {error.orig}.", remedy) from error
            raise


_migrating = threading.Lock()  # what a migration works on is Alembic's, for all threads of the process


def _migrate(database: Database, connection: Connection) -> None:
    """Bring the schema to HEAD. FormatTooNew if it is past it. Alembic is imported only where there is work to do."""
    if _revision(connection) == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with _migrating, database.writing(connection).begin():
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
