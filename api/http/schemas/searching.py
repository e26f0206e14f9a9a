"""Searching over HTTP: what may be asked of a collection. The answer is in api/answers/searching.py."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from api.asking import MOST_SORT_KEYS, SearchFields
from api.http.schemas.base import RequestBody, examples
from api.http.schemas.filters import FilterBody, few_conditions, to_filter
from engine.filters import And, parse_filter
from engine.query.request import LONGEST_QUERY, Request, Sort


class SortBody(RequestBody):
    """A metadata field to order the hits by, instead of by relevance."""

    forms: ClassVar[str] = 'A key of `sort` is `{"field": NAME, "descending": true or false}`; `-name` is for GET.'

    field: str = Field(min_length=1, max_length=256)
    descending: bool = False


class SearchOptions(SearchFields, RequestBody):
    """A search as JSON."""

    query: str = Field(
        min_length=1, max_length=LONGEST_QUERY, description='plain words; `"a phrase"`, `-without` and `field:value`'
    )
    filter: Annotated[FilterBody | None, BeforeValidator(few_conditions)] = Field(
        None, description="`field` with `eq`, `in`, or `gt`, `gte`, `lt`, `lte`; `and`, `or`, `not` of filters"
    )
    sort: list[SortBody] = Field(
        [], max_length=MOST_SORT_KEYS, description="fields to order the most relevant hits by, instead of relevance"
    )

    def to_request(self, arrived: float, *, pageable: bool = False) -> Request:
        """The engine's request; `arrived` is the monotonic time at which it came in."""
        return self.request(
            self.query,
            arrived,
            filter=None if self.filter is None else to_filter(self.filter),
            sort=tuple(Sort(key.field, key.descending) for key in self.sort),
            pageable=pageable,
        )


SortKey = Annotated[
    str, StringConstraints(pattern="^-?[^-].{0,255}$"), Field(description="`field`, or `-field` for descending")
]


class SearchParameters(SearchFields):
    """A search as a query string. A cursor carries its search; then `k` and `explain` alone count beside it."""

    query: str = Field(
        "",
        max_length=LONGEST_QUERY,
        description='plain words; `"a phrase"`, `-without`, `field:value`',
        examples=["how do I cancel the contract"],
    )
    filter: list[str] = Field([], max_length=32, description="`field:value`, `field:>=3`, `field:[a..b]`, `-field:a|b`")
    sort: list[SortKey] = Field([], max_length=MOST_SORT_KEYS, description="`field`, or `-field` for descending")
    pageable: bool = Field(False, description="freeze the ranking and return a cursor")
    cursor: str | None = Field(None, min_length=1, description="of the answer before")
    stream: bool = Field(False, description="server-sent events: `fused` first, then `reranked`")

    def to_request(self, arrived: float) -> Request:
        """The engine's request. InvalidFilter."""
        kept = And(tuple(parse_filter(text) for text in self.filter)) if self.filter else None
        order = tuple(Sort(key.removeprefix("-"), key.startswith("-")) for key in self.sort)
        return self.request(self.query, arrived, filter=kept, sort=order, pageable=self.pageable)


class SearchBody(SearchOptions):
    """A search, or with `cursor` the next page of one; then `k` and `explain` alone may stand beside it."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"query": "how do I cancel the contract", "k": 5},
            {
                "query": "annual report",
                "filter": {"and": [{"field": "year", "gte": 2020}, {"not": {"field": "tags", "in": ["draft"]}}]},
                "facets": ["year"],
                "budget_ms": 150,
                "explain": True,
            },
        )
    )

    query: str = Field("", max_length=LONGEST_QUERY, description='plain words; `"a phrase"`, `-without`, `field:value`')
    pageable: bool = Field(False, description="freeze the ranking and return a cursor")
    cursor: str | None = Field(None, min_length=1, max_length=1_000_000, description="of the answer before")
    stream: bool = Field(False, description="server-sent events: `fused` first, then `reranked`")

    @model_validator(mode="after")
    def _either_query_or_cursor(self) -> SearchBody:
        beside = self.model_fields_set - {"cursor", "k", "explain"}
        if self.cursor is not None and beside:
            raise ValueError(f"a cursor carries its search: leave out {', '.join(sorted(beside))}")
        return self


class MultiSearchBody(SearchOptions):
    """A search of several collections at once."""

    model_config = ConfigDict(json_schema_extra=examples({"query": "annual leave", "collections": ["handbook", "law"]}))

    collections: list[str] = Field(min_length=1, max_length=16, description="names, each once")
