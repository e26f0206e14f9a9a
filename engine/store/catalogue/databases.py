"""Where the catalogue is kept: an SQLite file in the home, or a PostgreSQL database that a URL names.

Of each: whether it is there, a connection for reading or writing, and which of its errors mean that it is damaged.
A connection in a transaction of its own reads one snapshot. `writing` takes what a writer needs: SQLite's one write
lock at BEGIN; PostgreSQL's READ COMMITTED, in which an UPDATE waits for a rival's and looks at the row again.
"""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import NullPool

from engine.errors import CatalogueUnavailable, DependencyMissing, UsageError
from engine.store.catalogue.sqlite_file import VERSION_TABLE, connect, exists, mode_of

_TABLE_MISSING = "42P01"  # PostgreSQL's undefined_table
_MIGRATION_LOCK = 0x77696E6E  # any number, the same for all


class Database(Protocol):
    """`str()` names it, without a password."""

    def exists(self) -> bool: ...

    def connect(self, *, create: bool = False, alone: bool = False) -> Connection:
        """A connection to close; `alone` it keeps others out, and needs no room on the disk. CatalogueUnavailable;
        NetworkFileSystem for SQLite that would write to one.
        """
        ...

    def writing(self, connection: Connection) -> Connection:
        """The connection, whose next transaction will write."""
        ...

    def lock_migration(self, connection: Connection) -> None:
        """Keep others from migrating until the transaction ends."""
        ...

    def damaged(self, error: DatabaseError) -> bool: ...


class SqliteDatabase:
    """WAL mode, synchronous=FULL. Without a writable folder it is read as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def exists(self) -> bool:
        return exists(self._path)

    def connect(self, *, create: bool = False, alone: bool = False) -> Connection:
        if alone:
            return sqlite_engine(self._path, "alone").connect()
        if create:
            return sqlite_engine(self._path, "rwc").connect()
        return sqlite_engine(self._path, mode_of(self._path)).connect()

    def writing(self, connection: Connection) -> Connection:
        return connection.execution_options(immediate=True)

    def lock_migration(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE has done it."""

    def damaged(self, error: DatabaseError) -> bool:
        code = getattr(error.orig, "sqlite_errorcode", None)
        return code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT) or "no such table" in str(error.orig)


class PostgresDatabase:
    """One database serves one home."""

    def __init__(self, url: URL) -> None:
        self._url = url

    def __str__(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def exists(self) -> bool:
        with self.connect() as connection, connection.begin():
            return inspect(connection).has_table(VERSION_TABLE)

    def connect(self, *, create: bool = False, alone: bool = False) -> Connection:
        try:
            return _postgres_engine(self._url).connect()
        except ImportError as error:
            raise DependencyMissing(
                f"{self} needs a driver: {error}.", "Install it: pip install 'winnow-search[postgres]'."
            ) from error
        except OperationalError as error:
            raise CatalogueUnavailable(
                f"The catalogue {self} cannot be reached: {str(error.orig).strip()}.",
                "Start the server, or correct WINNOW_CATALOGUE. Nothing has been changed.",
            ) from error

    def writing(self, connection: Connection) -> Connection:
        return connection.execution_options(isolation_level="READ COMMITTED")

    def lock_migration(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")

    def damaged(self, error: DatabaseError) -> bool:
        return getattr(error.orig, "sqlstate", None) == _TABLE_MISSING


def database(url: str | None, file: Path) -> Database:
    """The database that `url` names, or the SQLite file where it is None. UsageError for what is neither."""
    if url is None:
        return SqliteDatabase(file)
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        parsed = None
    if parsed is None or parsed.get_backend_name() != "postgresql":
        raise UsageError(
            "WINNOW_CATALOGUE names no database that can hold a catalogue.",
            "Give postgresql+psycopg://USER@HOST/DATABASE, or nothing for SQLite in the home.",
        )
    return PostgresDatabase(parsed)


@lru_cache(maxsize=32)
def sqlite_engine(path: Path, mode: str) -> Engine:
    """An engine that opens a connection per use (mode: as of `sqlite_file.connect`). NetworkFileSystem."""
    engine = create_engine("sqlite+pysqlite://", creator=lambda: connect(path, mode), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@lru_cache(maxsize=8)
def _postgres_engine(url: URL) -> Engine:
    # Durable when COMMIT returns, whatever the server's or the role's default is.
    options = {"options": "-c synchronous_commit=on"} if "options" not in url.query else {}
    return create_engine(url, isolation_level="REPEATABLE READ", poolclass=NullPool, connect_args=options)
