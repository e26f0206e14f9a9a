"""Typed metadata. Every value is stored as it is, in a column of its own type; a field's type is what its values share.

Types: string, number (int of 64 bits, or float64), bool, date (a day, or a moment in UTC), list (of strings). Text that
is a number is read as one in a field of numbers. A field whose values differ in type becomes a string, or a list if one
of them is a list: nothing is rewritten, nothing is left out, and filters go on to compare each value by its own type.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime

from engine.metadata.columns import shared, type_of
from engine.metadata.values import LARGEST, composed, in_utc, read_number
from engine.types import MetadataType, MetadataValue

BUILT_IN = ("id", "language", "title", "uri")  # filterable fields that every document has
_FORBIDDEN = set(' \t\r\n:"|()')
_CANONICAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)  # JSON's numbers: 00501 is none

Schema = Mapping[str, MetadataType]


def infer(value: object) -> MetadataType | None:
    """The type that a value would give its field; None for what cannot be stored (nested objects, NaN, ...)."""
    stored = _stored(value)
    return None if stored is None else type_of(stored)


def conform(
    metadata: Mapping[str, object], schema: Schema
) -> tuple[dict[str, MetadataValue], dict[str, MetadataType], list[str]]:
    """Fit one document's metadata to the schema: (values to store, schema with new and wider fields, conflicts).

    None and empty values are skipped. A value that cannot be stored is left out and a sentence says so. Neither
    argument is changed.
    """
    accepted: dict[str, MetadataValue] = {}
    extended = dict(schema)
    conflicts: list[str] = []
    for name, value in metadata.items():
        if value is None or value == "" or value == [] or value == ():
            continue
        stored = _stored(value)
        problem = _problem(name, value, stored)
        if problem or stored is None:
            conflicts.append(problem)
            continue
        if extended.get(name) == "number" and isinstance(stored, str):
            stored = _spelled_number(stored)
        accepted[name] = stored
        extended[name] = shared(extended.get(name), type_of(stored))
    return accepted, extended, conflicts


def merge_schemas(current: Schema, addition: Schema) -> dict[str, MetadataType]:
    """The current schema with the addition's new fields; a field that both have gets the type that covers both."""
    return {**current, **{name: shared(current.get(name), kind) for name, kind in addition.items()}}


def widened(before: Schema, after: Schema) -> list[str]:
    """A sentence for each field whose type had to become a wider one."""
    return [
        f"metadata field {name!r} was a {kind} so far; since its values differ in type, it is now a {after[name]}"
        for name, kind in before.items()
        if after[name] != kind
    ]


def _spelled_number(text: str) -> str | int | float:
    """The number that a text spells; the text itself if it is none, or if it would lose something ("00501")."""
    number = read_number(text) if _CANONICAL.fullmatch(text) else None
    stored = None if number is None else _stored(number)
    return stored if isinstance(stored, int | float) else text


def _problem(name: str, value: object, stored: MetadataValue | None) -> str:
    """The problem of a field, or an empty string."""
    if name in BUILT_IN:
        return f"metadata field {name!r} is a built-in field; left out"
    if not name or _FORBIDDEN & set(name) or name.startswith("-"):
        return f"metadata field {name!r} has a name that a filter cannot spell; left out"
    if stored is None:
        return unsupported(name, value)
    return ""


def unsupported(name: str, value: object) -> str:
    """A sentence about a field whose value cannot be stored."""
    return f"metadata field {name!r} holds an unsupported value ({_describe(value)}); left out"


def _describe(value: object) -> str:
    if isinstance(value, int):
        return "an integer of more than 64 bits: write it as a string"
    if isinstance(value, float):
        return str(value)
    if isinstance(value, datetime):
        return "a moment that UTC has in no year from 1 to 9999"
    return f"{type(value).__name__}: nested values and other types are not stored"


def _stored(value: object) -> MetadataValue | None:
    """The value as it is stored; None for what is not: NaN, nested lists and objects, ..."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -LARGEST <= value < LARGEST else _as_float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return composed(value)
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, date):
        return value
    if isinstance(value, list | tuple):
        items = [_item(item) for item in value]
        return None if None in items else tuple(item for item in items if item is not None)
    return None


def _as_float(value: int) -> float | None:
    """An integer beyond 64 bits, where float64 has it exactly."""
    try:
        return number if int(number := float(value)) == value else None
    except OverflowError:
        return None


def _item(item: object) -> str | None:
    """A list's item as the string it is stored as: strings as they are, numbers in decimal; others have none."""
    if isinstance(item, str):
        return composed(item)
    if isinstance(item, int | float) and not isinstance(item, bool):
        return str(item)
    return None
