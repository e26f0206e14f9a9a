"""Rows of a database as documents: what a query selects, of any database that SQLAlchemy reaches.

A row's columns are read as the fields of a JSON line are (indexer/parsers/jsonl.py): `id`, `title`, `text`, `url`, and
all others are metadata. The query is the database's own SQL, and may only read: SQLite and PostgreSQL refuse whatever
changes something, and in others it runs in a transaction that is rolled back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from engine.errors import DependencyMissing, ParseFailed, SourceNotFound, SourceUnavailable, UsageError
from indexer.parsers import Parsed
from indexer.parsers.base import Record
from indexer.parsers.jsonl import parse_text
from indexer.sources.source import Failed, Source

VERSION = "sql/1"  # goes up whenever the same row would be stored in another way
_ROWS = 1000  # fetched at a time
_ID = ("id", "_id")


def sql_sources(url: str, query: str) -> Iterator[Source | Failed]:
    """A document for each row that the query selects, lazily; a row without an id, or of the id NULL, has failed.

    Raises:
        SourceNotFound: there is no such SQLite file.
        DependencyMissing: the database's driver is not installed.
        UsageError: there is no such kind of database.
        SourceUnavailable: the database cannot be reached or refuses the query; raised while rows are read.
    """
    try:
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError(f"--sql cannot be used: {error}.", "Give a URL of SQLAlchemy's: sqlite:///shop.db.") from error
    except ModuleNotFoundError as error:
        raise DependencyMissing(
            f"The database needs {error.name}, which is not installed.",
            "PostgreSQL: pip install 'winnow-search[postgres]'. Others: pip install the driver.",
        ) from error
    file = engine.url.database
    plain = engine.url.get_backend_name() == "sqlite" and file and not file.startswith((":", "file:"))
    if file and plain and not Path(file).exists():  # SQLite would make it
        raise SourceNotFound(f"There is no file {file}.", "sqlite:///shop.db is relative, sqlite:////shop.db not.")
    if engine.url.get_backend_name() == "sqlite":  # whose transactions do not hold back a DROP
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
    shown = engine.url.render_as_string(hide_password=True)
    told: set[str] = set()
    return (_source(shown, number, row, told) for number, row in enumerate(_rows(engine, query), start=1))


def _rows(engine: Engine, query: str) -> Iterator[Mapping[str, Any]]:
    try:
        with engine.connect() as connection:
            # Nothing is put into the query: a colon or a percent sign in it means what it means to the database.
            connection = connection.execution_options(
                stream_results=True, yield_per=_ROWS, no_parameters=True, postgresql_readonly=True
            )
            for row in connection.exec_driver_sql(query):
                yield dict(row._mapping)
    except SQLAlchemyError as error:
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        raise SourceUnavailable(f"The database says: {said}", "Check --sql and --query.") from error
    finally:
        engine.dispose()


def _source(database: str, number: int, row: Mapping[str, Any], told: set[str]) -> Source | Failed:
    """The document of a row. `told` are the columns that are known to be left out: each is told once."""
    fields = {name: _plain(value) for name, value in row.items() if not isinstance(value, bytes | memoryview)}
    identifier = next((str(fields[name]) for name in _ID if fields.get(name) not in (None, "")), None)
    if identifier is None:
        return Failed(f"row {number}", "It has no id.", "Select a column `id`: SELECT number AS id, ...")
    url = fields.get("url")
    content = json.dumps(fields, sort_keys=True, default=str).encode("ascii")
    digest = hashlib.sha256(f"{VERSION}\0".encode() + content).hexdigest()
    record = Record(number, identifier, url if isinstance(url, str) else None, fields)
    left_out = tuple(name for name in row if name not in fields and name not in told)
    told.update(left_out)
    return Source(identifier, record.url or f"{database}#{identifier}", digest, partial(_parse, record, left_out))


def _parse(record: Record, left_out: tuple[str, ...]) -> Parsed:
    """Parse a row as a JSON line is parsed."""
    try:
        parsed = parse_text(record)
    except ParseFailed:
        raise ParseFailed("The row has no text.", "Select a column `text`: SELECT id, body AS text, ...") from None
    bytes_left = tuple(f"Column {name!r} holds bytes; left out." for name in left_out)
    return replace(parsed, remarks=(*bytes_left, *parsed.remarks))


def _plain(value: Any) -> Any:
    """A value as a JSON line could have it, or a date; what neither has a type for, as text."""
    if value is None or isinstance(value, str | int | float | date | list):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict) else str(value)
