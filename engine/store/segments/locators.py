"""A document's locators as one cell of documents.arrow: for each kind where they start and what they say.

So what is in force at a place is found by bisection in the memory map, however many a document has.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from engine.metadata.arrays import view_of
from engine.text.places import KINDS
from engine.types import Locator

COLUMN = "locators"
TYPE = pa.list_(
    pa.struct(
        [
            ("kind", pa.string()),
            ("start", pa.list_(pa.int64())),  # code points, ascending
            ("value", pa.list_(pa.string())),
            ("counting", pa.list_(pa.bool_())),
        ]
    )
)


def cell(locators: Sequence[Locator]) -> list[dict[str, Any]]:
    """The stored form of a document's locators, a value of TYPE."""
    found = []
    for kind in KINDS:
        own = [locator for locator in locators if locator.kind == kind]
        if own:
            columns = {name: [getattr(locator, name) for locator in own] for name in ("start", "value", "counting")}
            found.append({"kind": kind, **columns})
    return found


def read_cell(stored: pa.ListScalar, span: tuple[int, int] | None = None) -> tuple[Locator, ...]:
    """The locators of a document, sorted by `start`; those alone that tell the places of a span, if one is given."""
    kinds = stored.values
    if not kinds:  # there are none, or it is of an older format
        return ()
    found: list[Locator] = []
    columns: Sequence[pa.ListArray] = [kinds.field(name) for name in ("start", "value", "counting")]
    for row, kind in enumerate(kinds.field("kind").to_pylist()):
        starts, values, counting = (column[row].values for column in columns)
        part = slice(None) if span is None else _telling(view_of(starts), *span)
        parts = (column[part].to_pylist() for column in (starts, values, counting))
        found += (Locator(start, kind, value, counts) for start, value, counts in zip(*parts, strict=True))
    return tuple(sorted(found, key=attrgetter("start")))


def _telling(starts: np.ndarray[Any, np.dtype[np.int64]], start: int, end: int) -> slice:
    """The last locator at or before the start of a span, and those inside."""
    first = int(np.searchsorted(starts, start, side="right")) - 1
    return slice(max(first, 0), int(np.searchsorted(starts, end)) if end > start else first + 1)
