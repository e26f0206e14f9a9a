"""What the system refuses is told by its cause, whichever library says it."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from engine.errors import DiskFull, StorageFailed
from engine.refusals import errno_of, refusal, remedy_of
from engine.store.catalogue.catalogue import Catalogue
from engine.store.catalogue.databases import SqliteDatabase


def of_sqlite(code: int, words: str = "") -> OperationalError:
    cause = sqlite3.OperationalError(words)
    cause.sqlite_errorcode = code
    return OperationalError("SELECT", {}, cause)


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (OSError(errno.EROFS, "x"), errno.EROFS),
        (of_sqlite(sqlite3.SQLITE_READONLY_DIRECTORY), errno.EACCES),
        (of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), None),
        (of_sqlite(sqlite3.SQLITE_IOERR_WRITE), errno.EIO),
        (of_sqlite(sqlite3.SQLITE_BUSY), None),
        (ValueError("An IO error occurred: 'Permission denied (os error 13)'"), errno.EACCES),
        (ValueError("An IO error occurred: 'Read-only file system (os error 30)'"), errno.EROFS),
        (ValueError("a bug"), None),
    ],
)
def test_every_library_is_understood(error: Exception, number: int | None, tmp_path: Path) -> None:
    assert errno_of(error, tmp_path) == number
    refused = refusal(error, tmp_path)
    assert isinstance(refused, StorageFailed) if number else refused is None
    if refused is not None:
        assert ("failing disk" in refused.remedy) == (number == errno.EIO)


def test_sqlite_that_cannot_open_a_file_is_looked_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error, missing = of_sqlite(sqlite3.SQLITE_CANTOPEN), tmp_path / "a" / "b.sqlite"
    assert errno_of(error, missing) == errno.EIO
    asked: list[Path] = []
    monkeypatch.setattr(os, "access", lambda path, mode: asked.append(path))
    assert errno_of(error, missing) == errno.EACCES and asked == [tmp_path]


def test_every_errno_has_a_remedy() -> None:
    for number in errno.errorcode:
        error = OSError(number, os.strerror(number))
        assert remedy_of(error).endswith(".")
        assert number != errno.EACCES or "ls -ld" in remedy_of(error)


def test_a_full_disk_is_none_that_fails(tmp_path: Path) -> None:
    assert isinstance(refusal(OSError(errno.EDQUOT, "x"), tmp_path), DiskFull)


def test_a_catalogue_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "catalogue.sqlite").write_bytes(b"x")

    def readonly(self: SqliteDatabase, **options: bool) -> None:
        raise of_sqlite(sqlite3.SQLITE_READONLY, "attempt to write a readonly database")

    monkeypatch.setattr(SqliteDatabase, "connect", readonly)
    with pytest.raises(StorageFailed, match=r"readonly database.*ls -ld"):
        Catalogue(tmp_path).known()
