"""Settings of an SQLite file that need more than one statement."""

from __future__ import annotations

import sqlite3
import time

_PAUSE = 0.01  # seconds
_PRIMARY = 0xFF  # an extended error code's lowest byte is the code that it extends


def write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Switch the file to write-ahead logging; waits up to `patience` seconds for others that open it.

    The connection's own timeout does not cover this: of two that switch a new file at once, SQLite refuses one without
    waiting, since each may hold what the other waits for (https://sqlite.org/c3ref/busy_handler.html).

    Raises:
        sqlite3.OperationalError: The file was still locked, or cannot be written.
    """
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
            time.sleep(_PAUSE)
        else:
            return
