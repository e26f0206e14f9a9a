"""Filters of keys: which ones a key may have, and how a file of keys that knows of none gets their column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, inspect, select, text

from engine.errors import InvalidFilter, UsageError
from engine.filters import Filter, check_filter, parse_filter
from engine.store.collections import collection_stats, list_collections
from engine.types import MetadataType

EVERY = "*"  # in place of collections


def checked_filter(filter: str, home: Path, scopes: Sequence[str], collections: Sequence[str]) -> str:
    """The filter, if a key may have it: each collection that is named can be filtered by it, or one of all.

    Raises:
        UsageError: the key does more than read.
        InvalidFilter: the filter cannot be read, names an unknown field, or a value that its field cannot have.
        CollectionNotFound: a collection that is named does not exist.
    """
    if set(scopes) != {"read"}:
        more = ", ".join(sorted({*scopes} - {"read"})) or "nothing"
        raise UsageError(f"A key with a filter can only read, and not {more}.", "Leave out the scope, or the filter.")
    parsed = parse_filter(filter)
    if EVERY not in collections:
        for name in collections:
            check_filter(parsed, collection_stats(home, name).metadata_schema)
        return filter
    known = [collection_stats(home, one.name).metadata_schema for one in list_collections(home)]
    if not known:
        raise InvalidFilter("There is no collection yet whose fields the filter could name.", "Add documents first.")
    _check_any(parsed, known)
    return filter


def known_columns(connection: Connection, table: Table) -> Select[Any]:
    """A query of those columns of a table that the file has: who only reads does not migrate it."""
    there = _columns_of(connection, table)
    return select(*(column for column in table.columns if column.name in there))


def add_column(connection: Connection, column: Column[Any], version: int) -> None:
    """Give a file the column and the format that has it, unless another process just has."""
    connection.execute(text("BEGIN IMMEDIATE"))  # the driver begins no transaction for what changes a table
    if column.name not in _columns_of(connection, column.table):
        connection.execute(text(f"ALTER TABLE {column.table.name} ADD COLUMN {column.name} VARCHAR"))
    connection.execute(text(f"PRAGMA user_version = {version}"))


def _columns_of(connection: Connection, table: Any) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table.name)}


def _check_any(filter: Filter, schemas: Sequence[Mapping[str, MetadataType]]) -> None:
    """InvalidFilter unless one of the schemas has the fields of a filter: the last reason why not."""
    for place, schema in enumerate(schemas, start=1):
        try:
            check_filter(filter, schema)
            return
        except InvalidFilter:
            if place == len(schemas):
                raise
