"""Order by metadata: a stable sort of the most relevant hits, so ties stay in order of relevance.

What is sorted is the frozen ranking (engine/query/frozen.py), up to its bound: of a million matches the thousand most
relevant, not all, and so the first page is never what is merely newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.errors import InvalidFilter
from engine.filters import field_type
from engine.metadata.values import order_key
from engine.query.frozen import Entry
from engine.query.request import Sort
from engine.store.generation import Generation
from engine.types import RowId


def check_sort(generation: Generation, sort: Sequence[Sort]) -> None:
    """InvalidFilter for a field that the collection does not have, or that has no order."""
    for key in sort:
        if field_type(key.field, generation.manifest.metadata_schema) == "list":
            raise InvalidFilter(f"{key.field!r} is a list: it has no order.", "Sort by a field of single values.")


def sort_entries(generation: Generation, entries: Sequence[Entry], sort: Sequence[Sort]) -> list[Entry]:
    """`entries`, which come best first, by the first key, then the next; what lacks a value comes last."""
    ordered = list(entries)
    for key in reversed(sort):
        values = field_values(generation, [entry.row for entry in ordered], key.field)
        having = [entry for entry in ordered if values[entry.row] is not None]
        lacking = [entry for entry in ordered if values[entry.row] is None]
        # `reverse` keeps equal ones in their order, as a sort without it does
        ordered = sorted(having, key=lambda entry: values[entry.row], reverse=key.descending) + lacking
    return ordered


def field_values(generation: Generation, passages: Sequence[RowId], field: str) -> dict[RowId, Any]:
    """The values that the passages' documents have in a field, as values are ordered; None where one has none."""
    values = generation.document_values(passages, field)
    return {row: None if value is None else order_key(value) for row, value in values.items()}
