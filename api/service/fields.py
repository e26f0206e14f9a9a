"""The metadata fields of a collection, as one who writes a filter needs them: type, range, frequent values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.service.readers import Readers
from engine.filters import field_columns
from engine.metadata.values import Value, as_python, order_key
from engine.query.facets import count_facets
from engine.store.generation import Generation
from engine.types import FacetCount, RowMask


@dataclass(frozen=True, slots=True)
class FieldValues:
    """A field's most frequent values with their documents. `low` and `high` are of numbers and dates, else None."""

    name: str
    type: str
    values: tuple[FacetCount, ...]
    low: Value | None
    high: Value | None


class Fields:
    """Tells the fields of a home's collections."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def all(self, collection: str) -> list[FieldValues]:
        """The collection's metadata fields by name. CollectionNotFound."""
        with self._readers.open(collection) as opened:
            generation = opened.generation
            schema = generation.manifest.metadata_schema
            living = _living(generation)
            counts = count_facets(generation, list(schema), living)
            return [
                FieldValues(name, str(schema[name]), counts[name], *_range(generation, name, str(schema[name]), living))
                for name in sorted(schema)
            ]


def _living(generation: Generation) -> list[RowMask]:
    """A flag per chunk row of each segment: not deleted."""
    return [
        np.ones(segment.rows, np.bool_) if alive is None else alive
        for segment, alive in zip(generation.segments, generation.living, strict=True)
    ]


def _range(generation: Generation, name: str, kind: str, living: list[RowMask]) -> tuple[Value | None, Value | None]:
    if kind not in ("number", "date"):
        return None, None
    found: list[Value] = []
    for segment, rows in zip(generation.segments, living, strict=True):
        documents = np.unique(segment.document_rows[rows])
        for column in field_columns(name, segment.documents) if len(documents) else ():
            values = column.take(pa.array(documents)).drop_null()
            if len(values):
                ends = pc.min_max(values)
                found += [as_python(ends["min"].as_py()), as_python(ends["max"].as_py())]
    return (min(found, key=order_key), max(found, key=order_key)) if found else (None, None)
