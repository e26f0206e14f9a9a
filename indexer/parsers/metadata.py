"""Turns values found in documents into the few types that metadata may have."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.metadata.dates import read_date
from engine.metadata.values import composed, in_utc
from engine.store.segments.metadata import unsupported
from engine.types import MetadataValue
from indexer.parsers.decoding import clean

_LANGUAGE = re.compile(r"\s*([A-Za-z]{2})(?:[-_][A-Za-z0-9_-]+)?\s*")


def typed(value: Any) -> MetadataValue | None:
    """A string, number, bool, date or list of strings; None for what is none of these (nested, empty, not finite).

    A string that is a date becomes one, so that dates of JSON can be filtered by range like those of front matter. A
    number may be larger than what is stored: whoever stores it says so.
    """
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        text = composed(clean(value).strip())
        return read_date(text) or text or None
    if isinstance(value, list | tuple):
        return _strings(value)
    return None


def typed_fields(fields: Mapping[Any, Any]) -> dict[str, MetadataValue]:
    """The values that can be metadata, by field name; white space in a name becomes an underscore."""
    named = ((composed(clean("_".join(str(name).split()))), typed(value)) for name, value in fields.items())
    return {name: value for name, value in named if name and value is not None}


def left_out(fields: Mapping[Any, Any]) -> tuple[str, ...]:
    """A sentence for each field that `typed_fields` lacks, although it holds something."""
    named = ((clean("_".join(str(name).split())), value) for name, value in fields.items())
    return tuple(unsupported(name, value) for name, value in named if name and _holds(value) and typed(value) is None)


def _holds(value: Any) -> bool:
    """Whether a value is more than emptiness: a list of nothing and an object without fields are none. Not more than
    one list in another is looked into, since YAML's anchors allow one that holds itself.
    """
    return any(map(_is_something, value)) if isinstance(value, list | tuple) else _is_something(value)


def _is_something(value: Any) -> bool:
    if isinstance(value, str):
        return bool(clean(value).strip())
    return bool(value) if isinstance(value, list | tuple | dict) else value is not None


def keywords_of(text: str) -> list[str]:
    """The words or terms that a line separates by commas or semicolons, each once."""
    return [word for word in dict.fromkeys(word.strip() for word in re.split("[,;]", text)) if word]


def language_code(value: Any) -> str | None:
    """ISO 639-1 code of a language tag such as `en-GB`; None for anything else."""
    match = _LANGUAGE.fullmatch(value) if isinstance(value, str) else None
    return match.group(1).lower() if match else None


def _strings(values: list[Any] | tuple[Any, ...]) -> tuple[str, ...] | None:
    if not values or any(not isinstance(value, str | int | float | date) for value in values):
        return None
    if any(isinstance(value, float) and not math.isfinite(value) for value in values):
        return None
    texts = (composed(clean(str(value)).strip()) for value in values)
    return tuple(text for text in texts if text) or None
