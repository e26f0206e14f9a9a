"""The columns that hold metadata in documents.arrow: for each field one column for each type of its values.

A column's name is the type and the field, as in "integer.year". Formats 1 and 2 had one column for each field,
"m.year", with float64 for every number and a day for every date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from engine.metadata.values import as_python
from engine.types import MetadataType, MetadataValue

COLUMNS: Mapping[str, pa.DataType] = {
    "string": pa.large_string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "moment": pa.timestamp("us", "UTC"),
    "list": pa.list_(pa.string()),
}
_OLD = "m"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDER: Mapping[str, MetadataType] = {"integer": "number", "moment": "date"}


def column_of(name: str, value: MetadataValue) -> str:
    """The column for a value of a field."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"integer.{name}"
    if isinstance(value, datetime):
        return f"moment.{name}"
    return f"{type_of(value)}.{name}"


def columns_of(name: str) -> Iterator[str]:
    """The columns that may hold a field's values."""
    return (f"{prefix}.{name}" for prefix in (*COLUMNS, _OLD))


def field_of(column: str) -> str | None:
    """The metadata field whose values a column holds; None for a column of something else, such as "title"."""
    prefix, dot, name = column.partition(".")
    return name if dot and (prefix in COLUMNS or prefix == _OLD) else None


def fits_column(column: str, kind: pa.DataType, declared: MetadataType | None) -> bool:
    """Whether a metadata column has the type that its name says, in a field that may hold such values."""
    prefix = column.partition(".")[0]
    if declared is None:
        return False
    if prefix == _OLD:
        return kind in COLUMNS.values()
    own = _WIDER.get(prefix, prefix)
    return kind == COLUMNS[prefix] and shared(declared, own) == declared  # type: ignore[arg-type]


def type_in(column: str, declared: MetadataType) -> MetadataType:
    """The type that the values of a column give their field; of an old column, the one that is declared."""
    prefix = column.partition(".")[0]
    return declared if prefix == _OLD else _WIDER.get(prefix, prefix)  # type: ignore[arg-type]


def type_of(value: MetadataValue) -> MetadataType:
    """The type that a value gives its field."""
    if isinstance(value, bool):  # before numbers: bool is a subclass of int
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, date):
        return "date"
    return "string" if isinstance(value, str) else "list"


def shared(one: MetadataType | None, other: MetadataType) -> MetadataType:
    """The type of a field that holds values of both: a string if they differ, a list if one of them is a list."""
    if one in (None, other):
        return other
    return "list" if "list" in (one, other) else "string"


def value_of(cell: pa.Scalar) -> Any:
    """The value of a cell, as Python has it; None for none."""
    if pa.types.is_timestamp(cell.type):  # `as_py` would import pandas, where it is installed: half a second
        return None if cell.value is None else _EPOCH + timedelta(microseconds=cell.value)
    return as_python(cell.as_py())
