"""The one description of a search: what HTTP (GET and POST), MCP and the client take, in the words of the command line.

A new wish is a field of `engine.query.request.Request` and one here of the same name.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from engine.filters import Filter
from engine.query import request
from engine.query.request import Mode, Request, Rerank, Sort

MOST_HITS = 1000
MOST_CONTEXT = 8192  # tokens
MOST_FACETS, MOST_SORT_KEYS, MOST_INNER_HITS = 16, 8, 100


def _collapse(value: object) -> object:
    """The words of the command line for True and False."""
    return {"document": True, "none": False}.get(value, value) if isinstance(value, str) else value


Collapse = Annotated[request.Collapse, BeforeValidator(_collapse)]


class SearchFields(BaseModel):
    """Options that every kind of search has, but for its query, filter and order, which are written in several ways."""

    k: int = Field(10, ge=1, le=MOST_HITS, description="how many hits")
    collapse: Collapse = Field(
        "near",
        description="near: each document once, by its best passage, near-duplicates listed below it; "
        "true or `document`: each document once; false or `none`: each passage",
    )
    inner_hits: int = Field(0, ge=0, le=MOST_INNER_HITS, description="further passages of each hit's document")
    mode: Mode = Field("hybrid", description="lexical matches words, dense matches meaning, hybrid does both")
    dense_weight: float | None = Field(None, ge=0, le=1, description="of the fusion; null: as the collection chose")
    rerank: Rerank | None = Field(
        None,
        description="`replace`: the reranker's order alone, `blend`: with the fused scores, `none`: the fused order; "
        "null: as the collection chose",
    )
    rerank_depth: int | None = Field(None, ge=0, le=MOST_HITS, description="null: as the collection chose; 0: none")
    budget_ms: float | None = Field(None, gt=0, le=600_000, description="for the whole request, from its arrival")
    min_relevance: float | None = Field(None, ge=0, le=1, description="needs a calibrated collection")
    facets: list[str] = Field(
        [], max_length=MOST_FACETS, description="fields whose values are counted over all that matches"
    )
    why_not: str | None = Field(None, max_length=4096, description="a document's id: which stage dropped it, and why")
    highlight: bool = Field(True, description="mark the query's words in each passage")
    rankings: bool = Field(False, description="every stage's whole list, for evaluations; not limited to `k`")
    correct: bool = Field(True, description="take words that occur nowhere for typos; the answer says what it took")
    context: int = Field(
        0, ge=0, le=MOST_CONTEXT, description="whole passages around each hit, up to so many tokens beside it"
    )
    diversity: float = Field(0.0, ge=0, le=1, description="hits unlike those before them come earlier; not with `sort`")
    require_complete: bool = Field(
        False, description="of a cluster: no answer (503) instead of one that lacks shards (`partial`)"
    )
    explain: bool = Field(False, description="each hit's rank and score at every stage")

    def request(
        self,
        query: str,
        arrived: float | None,
        *,
        filter: Filter | None = None,
        sort: tuple[Sort, ...] = (),
        pageable: bool = False,
    ) -> Request:
        """The engine's request; `arrived` is the monotonic time at which it came in."""
        wishes: dict[str, Any] = {
            name: tuple(value) if isinstance(value := getattr(self, name), list) else value for name in _WISHES
        }
        return Request(query, filter=filter, sort=sort, pageable=pageable, arrived=arrived, **wishes)

    def page_size(self) -> int | None:
        """Hits a page that were asked for with a cursor; None: as on the first page."""
        return self.k if "k" in self.model_fields_set else None


def told(field: str) -> str:
    """Description of an option, for interfaces that say it in a place of their own."""
    return SearchFields.model_fields[field].description or ""


_WISHES = SearchFields.model_fields.keys() - {"explain"}  # which is the interface's own
