"""Order by metadata: a stable sort of the most relevant hits, so ties stay in order of relevance.

What is sorted is the frozen ranking (engine/query/frozen.py), up to its bound: of a million matches the thousand most
relevant, not all, and so the first page is never what is merely newest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.filters import field_type
from engine.metadata.values import Value, order_key, spelled_key
from engine.query.frozen import Entry
from engine.query.request import Sort
from engine.store.generation import Generation
from engine.types import RowId


def check_sort(generation: Generation, sort: Sequence[Sort]) -> None:
    """InvalidFilter for a field that the collection does not have."""
    for key in sort:
        field_type(key.field, generation.manifest.metadata_schema)


def sort_entries(generation: Generation, entries: Sequence[Entry], sort: Sequence[Sort]) -> list[Entry]:
    """`entries`, which come best first, by the first key, then the next; what lacks a value comes last.

    Of a list that value counts by which it comes first: the smallest, and the largest where the order descends.
    """
    ordered = list(entries)
    for key in reversed(sort):
        pick = max if key.descending else min
        values = field_values(generation, [entry.row for entry in ordered], key.field, pick)
        having = [entry for entry in ordered if values[entry.row] is not None]
        lacking = [entry for entry in ordered if values[entry.row] is None]
        # `reverse` keeps equal ones in their order, as a sort without it does
        ordered = sorted(having, key=lambda entry: values[entry.row], reverse=key.descending) + lacking
    return ordered


def field_values(
    generation: Generation, passages: Sequence[RowId], field: str, pick: Callable[..., Any] = max
) -> dict[RowId, Any]:
    """The values that the passages' documents have in a field, as values are ordered; None where one has none.

    `pick` chooses the one of a list.
    """
    return {row: _ordered(value, pick) for row, value in generation.document_values(passages, field).items()}


def _ordered(value: Value | tuple[str, ...] | None, pick: Callable[..., Any]) -> Any:
    if isinstance(value, tuple):
        return pick(map(spelled_key, value), default=None)
    return None if value is None else order_key(value)
