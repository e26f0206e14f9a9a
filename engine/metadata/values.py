"""Metadata values: what a filter's value can be read as, in which order values stand, which spellings are equal."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from engine.metadata.dates import Period, period_of, read_period

Value = str | int | float | bool | date  # a date may be a datetime, in UTC

LARGEST = 2**63  # integers are stored with 64 bits
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DIGITS = 400  # more than any number that is stored has


@dataclass(frozen=True, slots=True)
class Reading:
    """A value as each type that it can be read as, None for the others: "2024" is a number, a year and a text."""

    number: int | float | None
    period: Period | None
    flag: bool | None
    texts: tuple[str, ...]  # the spellings that are equal to it, first the composed one


def read(value: Value) -> Reading:
    """All that the value of a filter can mean."""
    if isinstance(value, bool):
        return Reading(None, None, value, (str(value).lower(),))
    if isinstance(value, int | float):
        finite = isinstance(value, int) or math.isfinite(value)
        return Reading(value if finite else None, None, None, (str(value),) if finite else ())
    if isinstance(value, date):
        return Reading(None, period_of(value), None, (value.isoformat(),))
    flag = {"true": True, "false": False}.get(value.lower())
    return Reading(read_number(value), read_period(value), flag, spellings(value))


def read_number(text: str) -> int | float | None:
    """The number that a text is; None for any other text and for what is beyond float64."""
    if len(text) > _DIGITS or not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return number if math.isfinite(number) else None


def in_utc(moment: datetime) -> datetime | None:
    """The moment in UTC, as which one without a zone counts; None where UTC has it in no year from 1 to 9999."""
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (OverflowError, ValueError, TypeError):  # the last two: a moment that is none, as of Pandas
        return None


def composed(text: str) -> str:
    """The text in Unicode's normal form C, in which metadata is stored and compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def spellings(text: str) -> tuple[str, ...]:
    """The text composed, decomposed and as it stands, each once: a stored id or title may have any of these forms."""
    if text.isascii():
        return (text,)
    forms = (composed(text), unicodedata.normalize("NFD", text), text)
    return tuple(dict.fromkeys(forms))


def order_key(value: Any) -> tuple[int, Any]:
    """Values of all types in one order: numbers (also those that are spelled as text), dates, then texts."""
    if isinstance(value, str):
        number = read_number(value)
        return (2, value) if number is None else (0, number)
    if isinstance(value, date):
        return 1, period_of(value).start
    return 0, value


def spelled_key(text: str) -> tuple[int, Any]:
    """The same of a value in a list, where dates are spelled as text as well."""
    key = order_key(text)
    period = read_period(text) if key[0] == 2 else None
    return key if period is None else (1, period.start)


def as_python(value: Any) -> Any:
    """A stored value as it came: Arrow's moments get Python's own UTC, lists become tuples."""
    if isinstance(value, datetime):
        return period_of(value).start
    return tuple(value) if isinstance(value, list) else value
