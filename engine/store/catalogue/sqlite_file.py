"""The catalogue's SQLite file: how it is opened, and its rows, with nothing but the standard library.

Most processes only ask which generation is the current one, and importing SQLAlchemy would be a tenth of a search.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from engine.errors import StorageFailed
from engine.refusals import remedy_of
from engine.sqlite import write_ahead
from engine.store.catalogue.mounts import refuse_network

HEAD = "0001"  # the newest revision in migrations/versions
VERSION_TABLE = "alembic_version"
REPAIR = "Run `winnow repair --catalogue`; nothing has been deleted."
_BUSY_MS = 30_000

Row = tuple[str, str, int, str, str]  # uuid, name, generation, created_at, updated_at


def exists(path: Path) -> bool:
    """Whether there is a catalogue; StorageFailed where the disk does not tell."""
    try:
        return path.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:  # a disk that is gone, or does not answer
        raise StorageFailed(f"{path} cannot be read: {error.strerror}.", remedy_of(error)) from error


def read_rows(path: Path) -> list[Row] | None:
    """The rows of a catalogue of the present revision, by name, of one snapshot.

    None where there is none to be read so: table.py brings an older one to the present, and says what is wrong.
    """
    try:
        with closing(connect(path, mode_of(path))) as connection:
            connection.execute("BEGIN")
            if connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() != (HEAD,):  # noqa: S608
                return None
            found = connection.execute(
                "SELECT uuid, name, generation, created_at, updated_at FROM collections ORDER BY name"
            )
            return found.fetchall()
    except sqlite3.Error:
        return None


def mode_of(path: Path) -> str:
    """Mode in which a file that is there is opened: "rw", or "ro" where its folder may not be written."""
    return "rw" if os.access(path.parent, os.W_OK) else "ro"


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection to close (mode: "ro", "rw", "rwc" to create the file, or "alone"). NetworkFileSystem.

    Alone, it needs no shared memory beside the log, for which a full disk has no room
    (https://sqlite.org/wal.html#use_of_wal_without_shared_memory).
    """
    if mode == "ro":
        return reading(path)
    _refuse_network(path.parent)
    address = address_of(path, "rw" if mode == "alone" else mode)
    # isolation_level=None: else the driver gives SELECT no snapshot, and DDL no transaction
    patience = 0.1 if mode == "alone" else _BUSY_MS / 1000  # whoever uses it will not go away for this
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=patience)
    try:
        if mode == "alone":
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        else:
            write_ahead(connection, patience)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except sqlite3.Error:
        connection.close()  # at once: the error's traceback would keep it open, and with it a lock
        raise
    return connection


def reading(path: Path) -> sqlite3.Connection:
    """A connection that only reads, and leaves no file behind where it can do without.

    Without a writable directory SQLite cannot make the WAL's index; with an empty WAL none is needed.
    """
    wal = path.with_name(path.name + "-wal")
    immutable = not (wal.exists() and wal.stat().st_size)
    address = address_of(path, "ro") + ("&immutable=1" if immutable else "")
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=_BUSY_MS / 1000)


def address_of(path: Path, mode: str) -> str:
    """The URI of a file, which the driver opens in this mode: "ro", "rw", or "rwc" to create it."""
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def database_problems(home: Path) -> list[str]:
    """Problems that SQLite finds in the databases in a home: the catalogue, and whatever else is kept there."""
    problems, writable = [], os.access(home, os.W_OK)
    for path in sorted(home.glob("*.sqlite")):
        if not path.stat().st_size:
            problems.append(f"{path} is empty")
            continue
        try:
            connection = sqlite3.connect(address_of(path, "rw"), uri=True) if writable else reading(path)
            with closing(connection):
                found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(5)")]
        except sqlite3.Error as error:
            found = [f"it cannot be read: {error}"]
        problems += [f"{path}: {line}" for line in found if line != "ok"]
    return problems


_refuse_network = lru_cache(maxsize=32)(refuse_network)
