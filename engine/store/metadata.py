"""Typed metadata. A field gets its type from the first value seen, and keeps it for the collection's life.

Types: string, number (int or float, stored as float64), bool, date (a datetime becomes its date), list (of strings).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime

import pyarrow as pa

from engine.types import MetadataType, MetadataValue

BUILT_IN = ("id", "language", "title", "uri")  # filterable fields that every document has
COLUMN = "m."  # prefix of metadata columns in documents.arrow
_EXACT = 2**53  # beyond it float64 skips integers
_FORBIDDEN = set(' \t\r\n:"|()')

ARROW: Mapping[MetadataType, pa.DataType] = {
    "string": pa.large_string(),
    "number": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "list": pa.list_(pa.string()),
}

Schema = Mapping[str, MetadataType]


def infer(value: object) -> MetadataType | None:
    """The type that a value would give its field; None for what cannot be stored (nested objects, NaN, ...)."""
    if isinstance(value, bool):  # before numbers: bool is a subclass of int
        return "bool"
    if isinstance(value, int):
        return "number" if abs(value) <= _EXACT else None
    if isinstance(value, float):
        return "number" if math.isfinite(value) else None
    if isinstance(value, str):
        return "string"
    if isinstance(value, date):
        return "date"
    if isinstance(value, list | tuple) and all(_item(item) is not None for item in value):
        return "list"
    return None


def conform(
    metadata: Mapping[str, object], schema: Schema
) -> tuple[dict[str, MetadataValue], dict[str, MetadataType], list[str]]:
    """Fit one document's metadata to the schema: (accepted values, schema with the new fields, conflicts).

    None and empty values are skipped. A value that cannot be stored, or whose type differs from its field's, is left
    out and a sentence says so. Neither argument is changed.
    """
    accepted: dict[str, MetadataValue] = {}
    extended = dict(schema)
    conflicts: list[str] = []
    for name, value in metadata.items():
        if value is None or value == "" or value == [] or value == ():
            continue
        found = infer(value)
        problem = _problem(name, value, found, extended.get(name))
        if problem or found is None:
            conflicts.append(problem)
            continue
        extended[name] = found
        accepted[name] = _stored(value)
    return accepted, extended, conflicts


def merge_schemas(current: Schema, addition: Schema) -> dict[str, MetadataType]:
    """The current schema with the addition's new fields; ValueError if a field's type would change."""
    for name in current.keys() & addition.keys():
        if current[name] != addition[name]:
            raise ValueError(f"field {name!r} is a {current[name]}, not a {addition[name]}")
    return {**current, **addition}


def _problem(name: str, value: object, found: MetadataType | None, expected: MetadataType | None) -> str:
    """What is wrong with a field, or an empty string."""
    if name in BUILT_IN:
        return f"metadata field {name!r} is a built-in field; left out"
    if not name or _FORBIDDEN & set(name) or name.startswith("-"):
        return f"metadata field {name!r} has a name that a filter cannot spell; left out"
    if found is None:
        return f"metadata field {name!r} holds an unsupported value ({_describe(value)}); left out"
    if expected not in (None, found):
        return f"metadata field {name!r} is a {expected} in this collection, but here a {found}; left out"
    return ""


def _describe(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value}: not a number that float64 holds exactly" if isinstance(value, int) else str(value)
    return f"{type(value).__name__}: nested values and other types are not stored"


def _stored(value: object) -> MetadataValue:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, list | tuple):
        return tuple(_item(item) or "" for item in value)
    raise TypeError(f"{type(value).__name__} has no stored form")  # infer() has refused it before


def _item(item: object) -> str | None:
    """A list's item as the string it is stored as: strings as they are, numbers in decimal; others have none."""
    if isinstance(item, str):
        return item
    if isinstance(item, int | float) and not isinstance(item, bool):
        return str(item)
    return None
