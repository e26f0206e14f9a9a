"""The metadata fields of a collection, as one who writes a filter needs them: type, range, frequent values."""

from __future__ import annotations

from dataclasses import dataclass

from api.service.readers import Readers
from engine.metadata.values import Value
from engine.query.facets import most_frequent
from engine.types import FacetCount


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
            schema, found = generation.manifest.metadata_schema, generation.contents.values()
            return [
                FieldValues(name, str(schema[name]), most_frequent(values.counts), values.low, values.high)
                for name, values in sorted(found.items())
            ]
