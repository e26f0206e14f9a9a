"""Rows of a database as documents."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.errors import DependencyMissing, ParseFailed, SourceNotFound, SourceUnavailable, UsageError
from indexer.sources.source import Failed, Source
from indexer.sources.sql import sql_sources


@pytest.fixture
def database(tmp_path: Path) -> str:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE notes (id INTEGER, title TEXT, body TEXT, url TEXT, day TEXT, price REAL, pic BLOB)"
        )
        connection.executemany(
            "INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (1, "Ferry", "It leaves at dawn.", None, "2026-01-31", 3.5, b"\x00"),
                (2, "Bridge", "It is closed.", "https://e.org/2", None, None, None),
                (3, None, None, None, None, None, None),
                (None, "No id", "x", None, None, None, None),
            ],
        )
    connection.close()
    return f"sqlite:///{file}"


def test_a_row_is_a_document(database: str) -> None:
    first, second, empty, without = sql_sources(database, "SELECT * FROM notes ORDER BY id IS NULL, id")
    assert isinstance(first, Source) and isinstance(second, Source) and isinstance(empty, Source)
    assert (first.id, first.uri, second.uri) == ("1", f"{database}#1", "https://e.org/2")
    parsed = first.parse()
    assert (parsed.title, parsed.text, parsed.metadata["price"]) == ("Ferry", "It leaves at dawn.", 3.5)
    assert str(parsed.metadata["day"]) == "2026-01-31"
    assert parsed.remarks == ("Column 'pic' holds bytes; left out.",)
    assert empty.parse().text == ""
    assert isinstance(without, Failed) and without.path == "row 4" and "no id" in without.reason


def test_a_query_without_a_text_is_told(database: str) -> None:
    (row,) = sql_sources(database, "SELECT id, price FROM notes WHERE id = 1")
    assert isinstance(row, Source)
    with pytest.raises(ParseFailed, match="no text") as caught:
        row.parse()
    assert "AS text" in caught.value.remedy


def test_colons_and_percent_signs_are_those_of_the_query(database: str) -> None:
    (row,) = sql_sources(
        database, "SELECT id, ':note :5:' AS text, '50%' AS off, '%s' AS s FROM notes WHERE title LIKE '%err%' LIMIT 1"
    )
    assert isinstance(row, Source)
    parsed = row.parse()
    assert (row.id, parsed.text, parsed.metadata["off"], parsed.metadata["s"]) == ("1", ":note :5:", "50%", "%s")


def test_a_column_that_is_left_out_is_told_once(database: str) -> None:
    rows = list(sql_sources(database, "SELECT id, body AS text, x'00' AS pic FROM notes WHERE id < 3"))
    assert [len(row.parse().remarks) for row in rows if isinstance(row, Source)] == [1, 0]


def test_the_hash_follows_the_row(database: str) -> None:
    one, same, other = (
        next(sql_sources(database, f"SELECT id, body AS text, {price} AS price FROM notes WHERE id = 1"))
        for price in (1, 1, 2)
    )
    assert isinstance(one, Source) and isinstance(same, Source) and isinstance(other, Source)
    assert one.content_hash == same.content_hash != other.content_hash


@pytest.mark.parametrize(
    "query", ["DELETE FROM notes", "DROP TABLE notes", "WITH x AS (SELECT 1) DELETE FROM notes RETURNING id"]
)
def test_nothing_is_changed_in_the_database(database: str, query: str) -> None:
    with pytest.raises(SourceUnavailable, match="readonly"):
        list(sql_sources(database, query))
    assert len(list(sql_sources(database, "SELECT id, title FROM notes"))) == 4


def test_what_cannot_be_read_is_told_without_the_password(database: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="no such table"):
        list(sql_sources(database, "SELECT * FROM nowhere"))
    with pytest.raises(SourceNotFound, match=r"typo\.db"):
        sql_sources(f"sqlite:///{tmp_path}/typo.db", "SELECT 1")
    assert not (tmp_path / "typo.db").exists()
    for url in ("nonsense", "nosuch://host/x"):
        with pytest.raises(UsageError, match="--sql"):
            sql_sources(url, "SELECT 1")
    with pytest.raises((SourceUnavailable, DependencyMissing)) as caught:
        list(sql_sources("postgresql+psycopg://me:secret@127.0.0.1:1/x", "SELECT 1"))
    assert "secret" not in str(caught.value)


def test_a_driver_that_is_missing_is_named() -> None:
    with pytest.raises(DependencyMissing, match="oracledb"):
        sql_sources("oracle+oracledb://me@host/x", "SELECT 1")
