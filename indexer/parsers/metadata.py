"""Turns values found in documents into the few types that metadata may have."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.types import MetadataValue
from indexer.parsers.decoding import clean

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?")
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2})(?:[-_][A-Za-z0-9_-]+)?\s*")


def typed(value: Any) -> MetadataValue | None:
    """A string, number, bool, date or list of strings; None for what is none of these (nested, empty, not finite).

    A string that is an ISO 8601 date becomes a date, so that dates of JSON can be filtered by range like those of YAML.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list | tuple):
        return _strings(value)
    return None


def typed_fields(fields: Mapping[Any, Any]) -> dict[str, MetadataValue]:
    """The values that can be metadata, by field name; white space in a name becomes an underscore."""
    named = ((clean("_".join(str(name).split())), typed(value)) for name, value in fields.items())
    return {name: value for name, value in named if name and value is not None}


def language_code(value: Any) -> str | None:
    """ISO 639-1 code of a language tag such as `en-GB`; None for anything else."""
    match = _LANGUAGE.fullmatch(value) if isinstance(value, str) else None
    return match.group(1).lower() if match else None


def _number(value: int | float) -> MetadataValue | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _string(value: str) -> MetadataValue | None:
    text = clean(value).strip()
    if _ISO_DATE.fullmatch(text):
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            return text
    return text or None


def _strings(values: list[Any] | tuple[Any, ...]) -> tuple[str, ...] | None:
    if not values or any(not isinstance(value, str | int | float | date) for value in values):
        return None
    texts = (clean(str(value)).strip() for value in values)
    return tuple(text for text in texts if text) or None
