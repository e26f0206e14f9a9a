"""Filters as text: one clause for all values that were chosen of a field, one for a range of dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.errors import InvalidFilter, UsageError
from engine.filters import Equals, Filter, In, Range, parse_filter
from engine.metadata.values import Value

FROM, TO = "from:", "to:"  # before a field's name: the names of the inputs of its range


@dataclass(frozen=True, slots=True)
class Chosen:
    """The values that a search takes of a field, any of which will do."""

    field: str
    values: tuple[str, ...]

    def toggled(self, value: str) -> Chosen:
        """The same with this value, or without it where it is one of them."""
        left = tuple(other for other in self.values if other != value)
        return Chosen(self.field, left if len(left) < len(self.values) else (*left, value))

    def __str__(self) -> str:
        return f"{self.field}:{'|'.join(_quoted(value) for value in self.values)}"


@dataclass(frozen=True, slots=True)
class Between:
    """The dates that a search takes of a field, both included; an empty text is an open end."""

    field: str
    low: str
    high: str

    def __str__(self) -> str:
        return f"{self.field}:[{self.low}..{self.high}]"


def gathered(clauses: Iterable[str]) -> tuple[str, ...]:
    """The clauses, of which those that ask for values of the same field have become one that takes any of them."""
    found: dict[str, Chosen | None] = {}  # by field, or by the clause itself where it is of another kind
    for clause in clauses:
        one = chosen(clause)
        if one is None:
            found[f" {clause}"] = None
            continue
        before = found.get(one.field)
        found[one.field] = Chosen(one.field, tuple(dict.fromkeys((*(before.values if before else ()), *one.values))))
    return tuple(key[1:] if one is None else str(one) for key, one in found.items())


def chosen(clause: str) -> Chosen | None:
    """A clause that names values of a field; None for any other."""
    match _parsed(clause):
        case Equals(field, value):
            return Chosen(field, (str(value),))
        case In(field, values):
            return Chosen(field, tuple(str(value) for value in values))
    return None


def between(clause: str) -> Between | None:
    """A clause that names a range of days, as the page writes them; None for any other."""
    match _parsed(clause):
        case Range(field, low, high, True, True) if all(end is None or _is_day(str(end)) for end in (low, high)):
            return Between(field, str(low or ""), str(high or ""))
    return None


def ranges(parameters: Mapping[str, str]) -> list[str]:
    """Clauses of what stands in the inputs of ranges, whose names begin with FROM and TO. UsageError for no date."""
    fields = dict.fromkeys(
        name.removeprefix(start)
        for name, value in parameters.items()
        for start in (FROM, TO)
        if name.startswith(start) and value.strip()
    )
    found = []
    for field in fields:
        low, high = (parameters.get(start + field, "").strip() for start in (FROM, TO))
        for day in (low, high):
            if day and not _is_day(day):
                raise UsageError(f"{day!r} is not a date.", "Give dates as year-month-day, such as 2026-01-31.")
        found.append(str(Between(field, low, high)))
    return found


def text_of(value: Value) -> str:
    """A metadata value as a clause writes it, without quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def clause_of(field: str, *values: Value) -> str:
    """A filter as text that `parse_filter` reads as one of these values."""
    return str(Chosen(field, tuple(text_of(value) for value in values)))


def labels(clauses: Sequence[str]) -> list[tuple[str, str, str]]:
    """Words for what is in force, the clause that says it, and that clause once this is taken back: "" for none."""
    found = []
    for clause in clauses:
        if one := chosen(clause):
            for value in one.values:
                left = one.toggled(value)
                found.append((f"{one.field}: {value}", clause, str(left) if left.values else ""))
        elif span := between(clause):
            told = " ".join(f"{word} {day}" for word, day in (("from", span.low), ("to", span.high)) if day)
            found.append((f"{span.field}: {told}", clause, ""))
        else:
            found.append((clause, clause, ""))
    return found


def _parsed(clause: str) -> Filter | None:
    try:
        return parse_filter(clause)
    except InvalidFilter:  # the search says so
        return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _quoted(text: str) -> str:
    if re.fullmatch(r"\w+", text):
        return text
    escaped = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{escaped}"'
