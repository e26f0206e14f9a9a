"""Filters over metadata: evaluated once per query and segment into a flag per chunk row.

Fields are the built-in `id`, `uri`, `title` and `language` (strings) and the collection's typed metadata. A document
without a value never matches Equals, In or Range; a negation is everything else, so documents without a value match it.
For a list Equals means "contains", and Range that one of its items lies there, so that a single list does not take the
range from a field of dates. How one value compares with another: engine/metadata/comparison.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.errors import InvalidFilter
from engine.metadata.columns import columns_of
from engine.metadata.values import Reading, Value, read
from engine.types import MetadataType, RowMask

if TYPE_CHECKING:
    from engine.metadata.comparison import End

_TOLD = 20  # fields that an error names
BUILT_IN: Mapping[str, MetadataType] = {"id": "string", "language": "string", "title": "string", "uri": "string"}


@dataclass(frozen=True, slots=True)
class Equals:
    """The field has this value; a list contains it.

    Examples:
        >>> Not(Equals("language", "de"))
        Not(filter=Equals(field='language', value='de'))
    """

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """The field has one of these values; a list contains one of them."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The field lies between two values; None is an open end. For strings, numbers, dates and the items of lists.

    Examples:
        >>> parse_filter("year:[2020..2024]")
        Range(field='year', low='2020', high='2024', include_low=True, include_high=True)
    """

    field: str
    low: Value | None = None
    high: Value | None = None
    include_low: bool = True
    include_high: bool = True


@dataclass(frozen=True, slots=True)
class Not:
    """The filter does not hold: also for documents without a value."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All filters hold; with none, every document."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any filter holds; with none, no document."""

    filters: tuple[Filter, ...]


Filter = Equals | In | Range | Not | And | Or
Schema = Mapping[str, MetadataType]


class Rows(Protocol):
    """The part of a segment that a filter needs."""

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
    """Which chunk rows of a segment belong to a matching document, deleted or not, shape (rows,). InvalidFilter."""
    return document_mask(filter, segment.documents, schema)[segment.document_rows]


def document_mask(filter: Filter, documents: pa.Table, schema: Schema) -> RowMask:
    """Which documents of a segment match, shape (documents,). `documents` has the columns of documents.arrow."""
    from engine.metadata.comparison import between, one_of  # with pyarrow.compute, which most searches do without

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
            wanted = [_reading(name, value, schema) for value in values]
            return _any((one_of(column, wanted) for column in field_columns(name, documents)), documents)
        case Range():
            ends = _ends(filter, schema)
            return _any((between(column, *ends) for column in field_columns(filter.field, documents)), documents)


def _any(masks: Iterable[RowMask], documents: pa.Table) -> RowMask:
    return reduce(or_, masks, np.zeros(len(documents), bool))


def _ends(span: Range, schema: Schema) -> tuple[End, End]:
    """The ends of a range as its field's values are compared with them. InvalidFilter."""
    from engine.metadata.comparison import End

    kind = field_type(span.field, schema)
    if kind == "bool":
        raise InvalidFilter(f"{span.field!r} is a bool: it has no order.", f"Use {span.field}:value.")
    low, high = (None if end is None else _reading(span.field, end, schema) for end in (span.low, span.high))
    return End(low, span.include_low), End(high, span.include_high)


def field_columns(name: str, documents: pa.Table) -> list[pa.Array]:
    """The field's columns, each in one piece: none where no document of this segment has the field, and one for each
    type of its values. At most one of them has a value in a row.
    """
    names = (name,) if name in BUILT_IN else columns_of(name)
    return [documents.column(column).combine_chunks() for column in names if column in documents.column_names]


def field_type(name: str, schema: Schema) -> MetadataType:
    """InvalidFilter for a field that the collection does not have."""
    kind = BUILT_IN.get(name) or schema.get(name)
    if kind is None:
        raise InvalidFilter(f"There is no field {name!r}.", f"Known fields: {_known(name, schema)}.")
    return kind


def _known(name: str, schema: Schema) -> str:
    """The fields of a collection; of many those that are spelled much like `name` and the first others."""
    fields = [*BUILT_IN, *sorted(schema)]
    if len(fields) <= _TOLD:
        return ", ".join(fields)
    told = list(dict.fromkeys([*get_close_matches(name, fields), *fields]))[:_TOLD]
    return f"{', '.join(told)} and {len(fields) - len(told)} more"


def _reading(name: str, value: Value, schema: Schema) -> Reading:
    """The value as the field's values are compared with it. InvalidFilter if it cannot be of the field's type."""
    kind, reading = field_type(name, schema), read(value)
    fits = {"number": reading.number, "bool": reading.flag, "date": reading.period}.get(kind, True)
    if fits is None:
        raise InvalidFilter(f"{value!r} is not a {kind}, which {name!r} is.", f"Write {_EXAMPLES[kind]}.")
    return reading


_EXAMPLES = {
    "number": "a number such as 3.5",
    "bool": "true or false",
    "date": "a date such as 2020-01-31, 2020-01-31T09:30Z, 2020-01 or 2020",
}
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
    """A filter from text: one clause, or several separated by spaces, all of which must hold.

    `field:value` (a list contains it), `field:a|b` any of, `field:>=3`, `field:<2020-01-01`, `field:[a..b]` inclusive
    with either end optional, a leading `-` negates, "quotes" for values with spaces or special characters. Values are
    texts here; each is read as its field's type when the filter is used.

    Raises:
        InvalidFilter: the text is empty or cannot be read.

    Examples:
        >>> parse_filter("kind:report|memo")
        In(field='kind', values=('report', 'memo'))
        >>> parse_filter('author:"Ada Smith" -tags:draft').filters[1]
        Not(filter=Equals(field='tags', value='draft'))
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
