"""Values of fields: how many documents have each, and the least and greatest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.filters import field_columns
from engine.metadata.values import Value, as_python, order_key
from engine.store.segments.segment import Segment
from engine.types import MetadataType

Documents = Sequence[NDArray[np.int32]]  # rows of documents, of each segment
_RANGED: tuple[MetadataType, ...] = ("number", "date")


@dataclass(slots=True)
class Values:
    """Values of one field. `low` and `high` are of numbers and dates, else None."""

    counts: Counter[Value] = field(default_factory=Counter)
    low: Value | None = None
    high: Value | None = None

    def add(self, others: Values) -> None:
        """Count the values of other documents as well."""
        self.counts.update(others.counts)
        self.low = min(_known(self.low, others.low), key=order_key, default=None)
        self.high = max(_known(self.high, others.high), key=order_key, default=None)


def count_values(segments: Sequence[Segment], documents: Documents, fields: Sequence[str]) -> dict[str, Counter[Value]]:
    """Field -> how many of the documents have each of its values. An item of a list counts once per document."""
    counts: dict[str, Counter[Value]] = {name: Counter() for name in fields}
    for segment, rows in zip(segments, documents, strict=True):
        for name in fields:
            for column in field_columns(name, segment.documents) if len(rows) else ():
                values = column.take(rows)
                if pa.types.is_list(column.type):
                    values = _distinct_items(values)
                for entry in values.drop_null().value_counts().to_pylist():
                    counts[name][as_python(entry["values"])] += entry["counts"]
    return counts


def values_of(
    segments: Sequence[Segment], documents: Documents, schema: Mapping[str, MetadataType]
) -> dict[str, Values]:
    """All values of all fields."""
    counts = count_values(segments, documents, list(schema))
    ends = {
        name: _ends(segments, documents, name) if kind in _RANGED else (None, None) for name, kind in schema.items()
    }
    return {name: Values(counts[name], *ends[name]) for name in schema}


def _ends(segments: Sequence[Segment], documents: Documents, name: str) -> tuple[Value | None, Value | None]:
    import pyarrow.compute as pc  # no search needs it, and every command would wait for it

    found: list[Value] = []
    for segment, rows in zip(segments, documents, strict=True):
        for column in field_columns(name, segment.documents) if len(rows) else ():
            values = column.take(pa.array(rows)).drop_null()
            if len(values):
                ends = pc.min_max(values)
                found += [as_python(ends["min"].as_py()), as_python(ends["max"].as_py())]
    return min(found, key=order_key, default=None), max(found, key=order_key, default=None)


def _known(*values: Value | None) -> list[Value]:
    return [value for value in values if value is not None]


def _distinct_items(lists: pa.Array) -> pa.Array:
    """All items of all lists, each once per list."""
    pairs = zip(lists.value_parent_indices().to_pylist(), lists.flatten().to_pylist(), strict=True)
    return pa.array([item for _, item in dict.fromkeys(pairs)], pa.string())
