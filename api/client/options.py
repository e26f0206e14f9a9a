"""Options of a search. Made by clients/python/generate.py of api/asking.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict


class Sort(TypedDict):
    """A metadata field to order the hits by."""

    field: str
    descending: NotRequired[bool]


class SearchOptions(TypedDict, total=False):
    """Options that every kind of search understands; the service's OpenAPI document says what each one does by default.

    `filter` is such as {"field": "year", "gte": 2020}, {"and": [...]}, {"not": {"field": "tags", "in": ["draft"]}}.
    """

    filter: Mapping[str, Any] | None
    sort: Sequence[Sort]
    k: int
    collapse: Literal["near"] | bool
    inner_hits: int
    mode: Literal["hybrid", "lexical", "dense"]
    dense_weight: float | None
    rerank: Literal["replace", "blend", "none"] | None
    rerank_depth: int | None
    budget_ms: float | None
    min_relevance: float | None
    facets: Sequence[str]
    why_not: str | None
    highlight: bool
    rankings: bool
    correct: bool
    context: int
    diversity: float
    require_complete: bool
    explain: bool
