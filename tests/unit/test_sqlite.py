"""Switching a file to write-ahead logging while others open it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from engine.sqlite import write_ahead


def test_whoever_opens_a_new_file_waits_for_the_others(tmp_path: Path) -> None:
    together = Barrier(8)

    def opened(path: Path) -> str:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            together.wait()
            write_ahead(connection, 60)
            connection.execute("CREATE TABLE IF NOT EXISTS kept (key)")
            return str(connection.execute("PRAGMA journal_mode").fetchone()[0])

    with ThreadPoolExecutor(8) as pool:
        for number in range(100):
            assert set(pool.map(opened, [tmp_path / f"{number}.sqlite"] * 8)) == {"wal"}


@pytest.fixture
def writing(tmp_path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(tmp_path / "kept.sqlite", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def test_it_waits_until_the_lock_is_gone(
    tmp_path: Path, writing: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            writing.execute("COMMIT")

    monkeypatch.setattr("engine.sqlite.time.sleep", sleep)
    with closing(sqlite3.connect(tmp_path / "kept.sqlite", timeout=0)) as connection:
        write_ahead(connection, 60)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert len(pauses) == 3


def test_it_gives_up_in_the_end(tmp_path: Path, writing: sqlite3.Connection) -> None:
    with (
        closing(sqlite3.connect(tmp_path / "kept.sqlite", timeout=0)) as connection,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        write_ahead(connection, 0)


def test_what_is_no_database_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.sqlite"
    path.write_bytes(b"x" * 4096)
    monkeypatch.setattr("engine.sqlite.time.sleep", lambda seconds: pytest.fail("it waited"))
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError, match="not a database"):
        write_ahead(connection, 60)
