"""Filters as JSON: {"field": "year", "gte": 2020}, {"and": [...]}, {"or": [...]}, {"not": {...}}."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Discriminator, FailFast, Field, Tag, model_validator

from api.http.schemas.base import RequestBody, explained, kind_of
from engine.errors import InvalidFilter
from engine.filters import And, Equals, Filter, In, Not, Or, Range

DEPTH = 16  # levels of nesting
MOST_CONDITIONS = 10_000  # `and`, `or` and `not` included; the setting `filters` lowers it
_FORMS = (
    'A filter is `{"field": NAME, "equals": VALUE}`, or with `"in": [VALUE, ...]`, or with `gt`, `gte`, `lt`, `lte`; '
    'or `{"and": [...]}`, `{"or": [...]}`, `{"not": {...}}` of filters. `name:value` is for GET.'
)


def _scalar(value: Any) -> Any:
    if type(value) not in (str, int, float, bool) or (isinstance(value, float) and not math.isfinite(value)):
        message = f"A value is a text, a number, true or false, and not {kind_of(value)}."
        raise explained("value_type", message, "A date is written as a text: 2020-01-31.")
    return value


Value = Annotated[str | int | float | bool, BeforeValidator(_scalar)]
_NAME = Field(min_length=1, max_length=256, description="`id`, `uri`, `title`, `language`, or a metadata field")


class _Filter(RequestBody):
    forms: ClassVar[str] = _FORMS
    meant: ClassVar[tuple[str, ...]] = ("field", "equals", "in", "gt", "gte", "lt", "lte", "and", "or", "not")


class EqualsFilter(_Filter):
    """The field has this value; a list contains it. A date is written as 2020-01-31."""

    field: str = _NAME
    equals: Value


class InFilter(_Filter):
    """The field has one of these values."""

    field: str = _NAME
    in_: Annotated[list[Value], FailFast()] = Field(alias="in", max_length=1000)


class RangeFilter(_Filter):
    """The field lies in a range; strings, numbers and dates have one."""

    field: str = _NAME
    gt: Value | None = None
    gte: Value | None = None
    lt: Value | None = None
    lte: Value | None = None

    @model_validator(mode="after")
    def _one_bound_a_side(self) -> RangeFilter:
        if (self.gt is not None and self.gte is not None) or (self.lt is not None and self.lte is not None):
            raise ValueError("give one of gt and gte, and one of lt and lte")
        return self


class AndFilter(_Filter):
    """All filters hold."""

    and_: Annotated[list[FilterBody], FailFast()] = Field(alias="and", max_length=100)


class OrFilter(_Filter):
    """One filter holds."""

    or_: Annotated[list[FilterBody], FailFast()] = Field(alias="or", max_length=100)


class NotFilter(_Filter):
    """The filter does not hold."""

    not_: FilterBody = Field(alias="not")


def _kind(value: Any) -> str:
    fields = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())  # or no object at all
    keys = {name.rstrip("_") for name in fields}
    return next((name for name in ("and", "or", "not", "in", "equals") if name in keys), "range")


FilterBody = Annotated[
    Annotated[AndFilter, Tag("and")]
    | Annotated[OrFilter, Tag("or")]
    | Annotated[NotFilter, Tag("not")]
    | Annotated[InFilter, Tag("in")]
    | Annotated[EqualsFilter, Tag("equals")]
    | Annotated[RangeFilter, Tag("range")],
    Discriminator(_kind),
]

for _model in (AndFilter, OrFilter, NotFilter):
    _model.model_rebuild()


def few_conditions(value: Any) -> Any:
    """A filter as it was sent, counted before any model is made of it."""
    waiting, count = [value], 0
    while waiting:
        part = waiting.pop()
        count += 1
        if count > MOST_CONDITIONS:
            raise explained(
                "too_long",
                f"A filter holds {MOST_CONDITIONS:,} conditions at most.",
                'Ask for many values of a field by one condition: `{"field": NAME, "in": [...]}`.',
            )
        if isinstance(part, dict):
            for name in ("and", "or"):
                inner = part.get(name)
                waiting += inner if isinstance(inner, list) else ()
            if "not" in part:
                waiting.append(part["not"])
    return value


def to_filter(body: FilterBody, depth: int = DEPTH) -> Filter:
    """The engine's filter. InvalidFilter if it is nested too deep."""
    if depth == 0:
        raise InvalidFilter(f"The filter is nested more than {DEPTH} levels deep.", "Flatten it.")
    match body:
        case AndFilter(and_=parts):
            return And(tuple(to_filter(part, depth - 1) for part in parts))
        case OrFilter(or_=parts):
            return Or(tuple(to_filter(part, depth - 1) for part in parts))
        case NotFilter(not_=part):
            return Not(to_filter(part, depth - 1))
        case InFilter(field=field, in_=values):
            return In(field, tuple(values))
        case EqualsFilter(field=field, equals=value):
            return Equals(field, value)
        case RangeFilter(field=field, gt=gt, gte=gte, lt=lt, lte=lte):
            low, high = (gt if gte is None else gte), (lt if lte is None else lte)
            return Range(
                field,
                low,
                high,
                include_low=gt is None,
                include_high=lt is None,
            )
