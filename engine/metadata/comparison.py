"""How a column of stored values compares with the values of a filter: each value by its own type.

Numbers compare exactly, integers of 64 bits among them. A date of a filter is a period: "2024-03" equals every day and
moment of that month, and what is after it is after its end. Texts are equal in either Unicode form, and stand in the
order of their code points, but those that are numbers in numeric order where they are compared with a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.metadata.dates import read_period
from engine.metadata.values import LARGEST, Reading, composed, read_number
from engine.types import RowMask


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range. Without a value it is open."""

    value: Reading | None
    included: bool


def one_of(column: pa.Array, wanted: Sequence[Reading]) -> RowMask:
    """Which rows of a column hold one of the wanted values."""
    kind = column.type
    if pa.types.is_date32(kind) or pa.types.is_timestamp(kind):
        mask = np.zeros(len(column), bool)
        for period in (reading.period for reading in wanted if reading.period is not None):
            mask |= _within(column, period.start, period.end)
        return mask
    if pa.types.is_list(kind):
        return _containing(column, wanted)
    if pa.types.is_boolean(kind):
        values: list[Any] = [reading.flag for reading in wanted if reading.flag is not None]
    elif pa.types.is_integer(kind):
        numbers = (reading.number for reading in wanted if reading.number is not None)
        values = [int(number) for number in numbers if number == int(number) and -LARGEST <= number < LARGEST]
    elif pa.types.is_floating(kind):
        numbers = (reading.number for reading in wanted if reading.number is not None)
        values = [float(number) for number in numbers if _float(number) == number]
    else:
        values = [text for reading in wanted for text in reading.texts]
    return _flags(pc.is_in(column, value_set=pa.array(values, kind)))


def _containing(column: pa.Array, wanted: Sequence[Reading]) -> RowMask:
    texts = [text for reading in wanted for text in reading.texts]
    return _parents(column, _flags(pc.is_in(pc.list_flatten(column), value_set=pa.array(texts, pa.string()))))


def _parents(column: pa.Array, items: RowMask) -> RowMask:
    """Which lists of a column hold one of the flagged items."""
    mask = np.zeros(len(column), bool)
    mask[pc.list_parent_indices(column).to_numpy()[items]] = True
    return mask


def between(column: pa.Array, low: End, high: End) -> RowMask:
    """Which rows of a column hold a value between two ends; a value of a type that an end does not have is not."""
    kind = column.type
    ends = [end.value for end in (low, high) if end.value is not None]
    if pa.types.is_date32(kind) or pa.types.is_timestamp(kind):
        start, stop = _instant(low, from_start=low.included), _instant(high, from_start=not high.included)
        known = all(end.period is not None for end in ends)
        return _within(column, start, stop) if known else np.zeros(len(column), bool)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        known = all(end.number is not None for end in ends)
        return _numbers_between(column, low, high) if known else np.zeros(len(column), bool)
    if pa.types.is_boolean(kind):
        return np.zeros(len(column), bool)
    if pa.types.is_list(kind):
        return _parents(column, _texts_between(pc.list_flatten(column), low, high))
    return _texts_between(column, low, high)


def _instant(end: End, *, from_start: bool) -> datetime | None:
    """The instant at which a range of dates begins or stops."""
    if end.value is None or end.value.period is None:
        return None
    return end.value.period.start if from_start else end.value.period.end


def _within(column: pa.Array, start: datetime | None, stop: datetime | None) -> RowMask:
    """Rows from `start` on and before `stop`; a day stands for its first instant."""
    moments = (
        column.cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC")) if pa.types.is_date32(column.type) else column
    )
    mask = _flags(pc.is_valid(column))
    if start is not None:
        mask &= _flags(pc.greater_equal(moments, pa.scalar(start, moments.type)))
    if stop is not None:
        mask &= _flags(pc.less(moments, pa.scalar(stop, moments.type)))
    return mask


def _numbers_between(column: pa.Array, low: End, high: End) -> RowMask:
    mask = _flags(pc.is_valid(column))
    for end, inclusive, exclusive in ((low, pc.greater_equal, pc.greater), (high, pc.less_equal, pc.less)):
        if end.value is not None and end.value.number is not None:
            mask &= _compared(column, end.value.number, end.included, inclusive, exclusive)
    return mask


def _compared(
    column: pa.Array, bound: int | float, included: bool, inclusive: Callable[..., Any], exclusive: Callable[..., Any]
) -> RowMask:
    """The comparison with a bound that the column's type may not have: with the nearest value that it has.

    A value is at least 2.5 if it is above 2, and at most 2.5 if it is below 3.
    """
    upward = inclusive is pc.greater_equal
    whole = pa.types.is_integer(column.type)
    nearest = max(-LARGEST, min(LARGEST - 1, math.floor(bound))) if whole else _float(bound)
    if nearest == bound:
        compare = inclusive if included else exclusive
    elif nearest < bound:  # no value of this type lies between the two
        compare = exclusive if upward else inclusive
    else:
        compare = inclusive if upward else exclusive
    return _flags(compare(column, pa.scalar(nearest, column.type)))


def _texts_between(column: pa.Array, low: End, high: End) -> RowMask:
    """Compare by code point, or as numbers or dates where both the text and the ends are; each distinct text is
    looked at once.
    """
    numeric = all(end.value is None or end.value.number is not None for end in (low, high))
    dated = all(end.value is None or end.value.period is not None for end in (low, high))
    start, stop = _instant(low, from_start=low.included), _instant(high, from_start=not high.included)

    def inside(text: str) -> bool:
        number = read_number(text) if numeric else None
        if number is not None:
            return _over(number, low, lambda end: end.number) and _under(number, high, lambda end: end.number)
        if (period := read_period(text) if dated else None) is not None:
            return (start is None or period.start >= start) and (stop is None or period.start < stop)
        composed_text = composed(text)
        return _over(composed_text, low, lambda end: end.texts[0]) and _under(
            composed_text, high, lambda end: end.texts[0]
        )

    encoded = column.dictionary_encode()
    allowed = np.array([inside(text) for text in encoded.dictionary.to_pylist()] + [False], bool)
    rows: RowMask = allowed[pc.fill_null(encoded.indices, len(allowed) - 1).to_numpy()]
    return rows


def _over(value: Any, low: End, of: Callable[[Reading], Any]) -> bool:
    return low.value is None or bool(value >= of(low.value) if low.included else value > of(low.value))


def _under(value: Any, high: End, of: Callable[[Reading], Any]) -> bool:
    return high.value is None or bool(value <= of(high.value) if high.included else value < of(high.value))


def _float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number)


def _flags(matches: pa.Array) -> RowMask:
    """Arrow's flags as NumPy's; null is False."""
    flags: RowMask = pc.fill_null(matches, False).to_numpy(zero_copy_only=False).astype(bool)
    return flags
