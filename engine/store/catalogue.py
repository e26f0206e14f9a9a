"""The catalogue: which generation of each collection is the current one. One table, one transaction per commit.

SQLite in WAL mode with synchronous=FULL; the statements are SQLAlchemy Core, so that PostgreSQL needs only a URL.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, create_engine, event, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import NullPool

from engine.errors import CatalogueMissing, CollectionNotFound, FormatTooNew, StorageFailed, UsageError, WriterBusy
from engine.store.files import REFUSED_REMEDY, fsync_path, is_out_of_space, is_refused, make_directories
from engine.store.layout import CollectionLayout, Home
from engine.store.sealed import read_sealed

HEAD = "0001"  # the newest revision in migrations/versions
_BUSY_MS = 30_000
_REPAIR = "Run `winnow repair --catalogue`; nothing has been deleted."

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
        if not adopting and not self._exists():
            self._refuse_unknown(set(), None)
        make_directories(self._home.root)
        with _typed(self._home), _engine(self._home.catalogue, "rwc").connect() as connection:
            _migrate(connection)
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

    def known(self) -> list[CollectionRow]:
        """The rows by name, whatever lies on disk. CatalogueMissing only if the catalogue cannot be read."""
        if not self._exists():
            return []
        mode = "rw" if os.access(self._home.root, os.W_OK) else "ro"
        with _typed(self._home), _engine(self._home.catalogue, mode).connect() as connection:
            _migrate(connection)
            with connection.begin():
                found = connection.execute(_collections.select().order_by(_collections.c.name))
                return [CollectionRow(**row) for row in found.mappings()]

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        if not self._exists():
            raise _missing(self._home)
        with _typed(self._home), _engine(self._home.catalogue, "rw").connect() as connection:
            _migrate(connection)
            with connection.execution_options(immediate=True).begin():
                yield connection

    def _exists(self) -> bool:
        try:
            return self._home.catalogue.stat().st_size > 0
        except FileNotFoundError:
            return False

    def _refuse_unknown(self, known: set[str], name: str | None) -> None:
        """CatalogueMissing if a collection with data is on disk but not in the catalogue (of that name, if given)."""
        for layout in self._home.all_collections():
            if layout.uuid not in known and _holds_data(layout) and name in (None, _name_on_disk(layout)):
                raise _missing(self._home)


def _holds_data(layout: CollectionLayout) -> bool:
    """A collection whose creation was cut short holds none, and is no reason to refuse anything."""
    return layout.segments.is_dir() and any(layout.segments.iterdir())


def _name_on_disk(layout: CollectionLayout) -> str:
    return str(read_sealed(layout.identity).get("name"))


def _missing(home: Home) -> CatalogueMissing:
    return CatalogueMissing(f"Collections lie in {home.collections}, but {home.catalogue} does not know them.", _REPAIR)


@contextmanager
def _typed(home: Home) -> Iterator[None]:
    """A catalogue that is no database, or has no table, is a missing one; the disk's refusals are StorageFailed."""
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        damaged = code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT) or "no such table" in str(error.orig)
        if damaged and not is_out_of_space(error):
            raise CatalogueMissing(f"{home.catalogue} cannot be read: {error.orig}.", _REPAIR) from error
        if is_refused(error):
            raise StorageFailed(f"{home.catalogue} cannot be used: {error.orig}.", REFUSED_REMEDY) from error
        raise


@lru_cache(maxsize=32)
def _engine(path: Path, mode: str) -> Engine:
    """An engine that opens a connection per use (mode: "ro", "rw", or "rwc" to create the file)."""

    def connect() -> sqlite3.Connection:
        # Without a writable directory SQLite cannot make the WAL's index; with an empty WAL none is needed.
        wal = path.with_name(path.name + "-wal")
        immutable = mode == "ro" and not (wal.exists() and wal.stat().st_size)
        address = f"file:{quote(str(path.absolute()))}?mode={mode}" + ("&immutable=1" if immutable else "")
        # isolation_level=None: else the driver gives SELECT no snapshot, and DDL no transaction
        connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=_BUSY_MS / 1000)
        if mode != "ro":
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _migrate(connection: Connection) -> None:
    """Bring the schema to HEAD. FormatTooNew if it is past it. Alembic is imported only where there is work to do."""
    if _revision(connection) == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with connection.execution_options(immediate=True).begin():
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise FormatTooNew(f"The catalogue cannot be read by this Winnow: {error}.", "Update Winnow.") from error


def _revision(connection: Connection) -> str | None:
    with connection.begin():
        tables = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first()
        if tables is None:
            return None
        found: Any = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found if found is None else str(found)
