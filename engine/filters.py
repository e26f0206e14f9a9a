"""Filters over metadata: evaluated once per query and segment into a flag per chunk row.

Fields are the built-in `id`, `uri`, `title` and `language` (strings) and the collection's typed metadata. A document
without a value never matches Equals, In or Range; a negation is everything else, so documents without a value match it.
For a list Equals means "contains". Strings compare exactly, and in ranges by code point, so ISO dates order as dates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engine.errors import InvalidFilter
from engine.types import MetadataType, RowMask

Value = str | float | bool | date
BUILT_IN: Mapping[str, MetadataType] = {"id": "string", "language": "string", "title": "string", "uri": "string"}


@dataclass(frozen=True, slots=True)
class Equals:
    """The field has this value; a list contains it."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """The field has one of these values; a list contains one of them."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The field lies between two values; None is an open end. For strings, numbers and dates."""

    field: str
    low: Value | None = None
    high: Value | None = None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class Not:
    filter: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All of them; with none, every document."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them; with none, no document."""

    filters: tuple[Filter, ...]


Filter = Equals | In | Range | Not | And | Or
Schema = Mapping[str, MetadataType]


class Rows(Protocol):
    """What a filter needs of a segment."""

    @property
    def documents(self) -> pa.Table: ...

    @property
    def document_rows(self) -> NDArray[np.int32]: ...


def check_filter(filter: Filter, schema: Schema) -> None:
    """InvalidFilter unless every field is known and every value is of its field's type."""
    document_mask(filter, _NO_DOCUMENTS, schema)


def fits(field: str, text: str, schema: Schema) -> bool:
    """Whether `field:text` of a query is a filter: the field is known, and each value in `text` is of its type."""
    try:
        check_filter(field_filter(field, text), schema)
    except InvalidFilter:
        return False
    return True


def row_mask(filter: Filter, segment: Rows, schema: Schema) -> RowMask:
    """Which chunk rows of a segment belong to a matching document, dead or alive, shape (rows,). InvalidFilter."""
    return document_mask(filter, segment.documents, schema)[segment.document_rows]


def document_mask(filter: Filter, documents: pa.Table, schema: Schema) -> RowMask:
    """Which documents of a segment match, shape (documents,). `documents` has the columns of documents.arrow."""
    match filter:
        case Not(inner):
            return ~document_mask(inner, documents, schema)
        case And(parts):
            return reduce(and_, (document_mask(p, documents, schema) for p in parts), np.ones(len(documents), bool))
        case Or(parts):
            return reduce(or_, (document_mask(p, documents, schema) for p in parts), np.zeros(len(documents), bool))
        case Equals(name, value):
            return document_mask(In(name, (value,)), documents, schema)
        case In(name, values):
            kind = field_type(name, schema)
            wanted = [_typed(name, value, kind) for value in values]
            return _one_of(field_column(name, documents), wanted, kind, len(documents))
        case Range():
            return _between(filter, documents, field_type(filter.field, schema))


def _one_of(column: pa.Array | None, wanted: list[Any], kind: MetadataType, documents: int) -> RowMask:
    if column is None:
        return np.zeros(documents, bool)
    if kind != "list":
        return _flags(pc.is_in(column, value_set=pa.array(wanted, column.type)))
    mask = np.zeros(documents, bool)
    found = _flags(pc.is_in(pc.list_flatten(column), value_set=pa.array(wanted, pa.string())))
    mask[pc.list_parent_indices(column).to_numpy()[found]] = True
    return mask


def _between(span: Range, documents: pa.Table, kind: MetadataType) -> RowMask:
    if kind in ("bool", "list"):
        raise InvalidFilter(f"{span.field!r} is a {kind}: it has no order.", f"Use {span.field}:value.")
    low, high = (None if end is None else _typed(span.field, end, kind) for end in (span.low, span.high))
    column = field_column(span.field, documents)
    if column is None:
        return np.zeros(len(documents), bool)
    mask = _flags(pc.is_valid(column))
    if low is not None:
        compare = pc.greater_equal if span.include_low else pc.greater
        mask &= _flags(compare(column, pa.scalar(low, column.type)))
    if high is not None:
        compare = pc.less_equal if span.include_high else pc.less
        mask &= _flags(compare(column, pa.scalar(high, column.type)))
    return mask


def _flags(matches: pa.Array) -> RowMask:
    """Arrow's flags as NumPy's; null is False."""
    flags: RowMask = pc.fill_null(matches, False).to_numpy(zero_copy_only=False).astype(bool)
    return flags


def field_column(name: str, documents: pa.Table) -> pa.Array | None:
    """The field's column in one piece, or None where no document of this segment has the field."""
    column = name if name in BUILT_IN else f"m.{name}"
    return documents.column(column).combine_chunks() if column in documents.column_names else None


def field_type(name: str, schema: Schema) -> MetadataType:
    """InvalidFilter for a field that the collection does not have."""
    kind = BUILT_IN.get(name) or schema.get(name)
    if kind is None:
        known = ", ".join([*BUILT_IN, *sorted(schema)])
        raise InvalidFilter(f"There is no field {name!r}.", f"Known fields: {known}.")
    return kind


def _typed(name: str, value: Value, kind: MetadataType) -> Value:
    """The value as the field's type; text is read as that type, anything else must be of it already."""
    found = _from_text(value, kind) if isinstance(value, str) else _same(value, kind)
    if found is None:
        example = {"number": "3.5", "bool": "true", "date": "2020-01-31"}.get(kind, "text")
        raise InvalidFilter(f"{value!r} is not a {kind}, which {name!r} is.", f"Write a {kind} such as {example}.")
    return found


def _from_text(text: str, kind: MetadataType) -> Value | None:
    if kind in ("string", "list"):
        return text
    if kind == "bool":
        return {"true": True, "false": False}.get(text.lower())
    try:
        number = float(text) if kind == "number" else None
        return date.fromisoformat(text) if number is None else number if np.isfinite(number) else None
    except ValueError:
        return None


def _same(value: Value, kind: MetadataType) -> Value | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {"number": is_number, "bool": isinstance(value, bool), "date": isinstance(value, date)}
    return value if fits.get(kind, False) else None


_NO_DOCUMENTS = pa.table({})

# ------------------------------------------------------------------------------------------------ the CLI's syntax

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_VALUE = rf'(?:{_QUOTED}|(?:(?!\.\.)[^\s"|\]])+)'
_SPEC = rf"""(?:\[(?P<low>{_VALUE})?\.\.(?P<high>{_VALUE})?\]
      |(?P<operator>>=|<=|>|<)(?P<bound>{_VALUE})
      |(?P<values>(?![<>\[]){_VALUE}(?:\|{_VALUE})*))"""
_CLAUSE = re.compile(rf'\s*(?P<negated>-)?(?P<field>[^\s:"-][^\s:"]*):{_SPEC}(?=\s|$)', re.VERBOSE)
_CLAUSE_VALUE = re.compile(_SPEC, re.VERBOSE)
_SYNTAX = (
    "Write field:value, field:a|b, field:>=3, field:<2020-01-01 or field:[a..b]; - negates; quote special characters."
)


def parse_filter(text: str) -> Filter:
    """A filter from text: one clause, or several separated by spaces, all of which must hold. InvalidFilter.

    `field:value` (a list contains it), `field:a|b` any of, `field:>=3`, `field:<2020-01-01`, `field:[a..b]` inclusive
    with either end optional, a leading `-` negates, "quotes" for values with spaces or special characters.
    """
    clauses: list[Filter] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _CLAUSE.match(text, place)
        if match is None:
            raise InvalidFilter(f"The filter {text!r} cannot be read at {text[place:].strip()!r}.", _SYNTAX)
        clauses.append(_clause(match))
        place = match.end()
    if not clauses:
        raise InvalidFilter("The filter is empty.", _SYNTAX)
    return clauses[0] if len(clauses) == 1 else And(tuple(clauses))


def field_filter(field: str, value: str) -> Filter:
    """The filter for `field:value` of a query, whose value may have the operators of `parse_filter`.

    A value that cannot be read so is compared as it stands: a query never fails to parse.
    """
    match = _CLAUSE_VALUE.fullmatch(value)
    return Equals(field, value) if match is None else _comparison(field, match)


def _clause(match: re.Match[str]) -> Filter:
    comparison = _comparison(match["field"], match)
    return Not(comparison) if match["negated"] else comparison


def _comparison(field: str, match: re.Match[str]) -> Filter:
    if match["values"] is not None:
        values = tuple(_plain(value) for value in re.findall(_VALUE, match["values"]))
        return Equals(field, values[0]) if len(values) == 1 else In(field, values)
    operator = match["operator"]
    if operator is None:
        low, high = (None if match[end] is None else _plain(match[end]) for end in ("low", "high"))
        return Range(field, low, high)
    bound = _plain(match["bound"])
    if operator.startswith(">"):
        return Range(field, low=bound, include_low=operator == ">=")
    return Range(field, high=bound, include_high=operator == "<=")


def _plain(value: str) -> str:
    """The value without its quotes."""
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
