"""Search of one collection, by GET or POST, and of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, StringConstraints

from api.http.access import CallerOf
from api.http.answers import answered
from api.http.dependencies import Arrived, CollectionName, LimitsOf, ServiceOf
from api.http.etags import etag, is_known
from api.http.events import Event, documented, event_stream
from api.http.json_route import JsonRoute
from api.http.limits import check_page, check_search
from api.http.problems import responses
from api.http.schemas.searching import (
    LONGEST_QUERY,
    MOST_HITS,
    Mode,
    MultiSearchAnswer,
    MultiSearchBody,
    SearchAnswer,
    SearchBody,
    SortBody,
    answer_of,
    merged_answer_of,
)
from api.service.service import Service
from engine.filters import And, parse_filter
from engine.query.request import Request as Search

router = APIRouter(tags=["search"], route_class=JsonRoute)

SortKey = Annotated[
    str, StringConstraints(pattern="^-?[^-].{0,255}$"), Field(description="`field`, or `-field` for descending")
]
_STREAMED = documented("The answer; with `stream` server-sent events `fused` and `reranked`, each a whole answer.")
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The client's answer is still right."}}


@router.get(
    "/v1/collections/{collection}/search",
    operation_id="search_collection",
    summary="Search a collection",
    response_model=SearchAnswer,
    responses={**responses(410), **_NOT_MODIFIED, 200: _STREAMED},
)
def search_by_get(
    request: Request,
    service: ServiceOf,
    limits: LimitsOf,
    arrived: Arrived,
    collection: CollectionName,
    query: Annotated[str, Query(max_length=LONGEST_QUERY, examples=["how do I cancel the contract"])] = "",
    k: Annotated[int | None, Query(ge=1, le=MOST_HITS, description="how many hits; 10 by default")] = None,
    filter: Annotated[
        list[str], Query(description="`field:value`, `field:>=3`, `field:[a..b]`, `-field:a|b`", max_length=32)
    ] = [],  # noqa: B006
    collapse: bool = True,
    inner_hits: Annotated[int, Query(ge=0, le=100)] = 0,
    mode: Mode = "hybrid",
    dense_weight: Annotated[float | None, Query(ge=0, le=1)] = None,
    rerank_depth: Annotated[int | None, Query(ge=0, le=MOST_HITS)] = None,
    budget_ms: Annotated[float | None, Query(gt=0, le=600_000)] = None,
    min_relevance: Annotated[float | None, Query(ge=0, le=1)] = None,
    facets: Annotated[list[str], Query(max_length=16)] = [],  # noqa: B006
    sort: Annotated[list[SortKey], Query(max_length=8)] = [],  # noqa: B006
    why_not: Annotated[str | None, Query(max_length=4096)] = None,
    highlight: bool = True,
    explain: bool = False,
    rankings: bool = False,
    correct: bool = True,
    pageable: bool = False,
    cursor: Annotated[str | None, Query(min_length=1)] = None,
    stream: bool = False,
) -> Any:
    """As POST, with filters in the command line's syntax; an unchanged answer is a 304 to `If-None-Match`."""
    if cursor is not None:
        check_page(k, limits)
        return answered(answer_of(service.searching.page(collection, cursor, k), collection, explain=explain))
    tag = etag(*service.searching.version(collection), sorted(request.query_params.multi_items()))
    if is_known(request, tag):
        return Response(status_code=304, headers={"etag": tag})
    body = SearchBody(
        query=query,
        k=10 if k is None else k,
        collapse=collapse,
        inner_hits=inner_hits,
        mode=mode,
        dense_weight=dense_weight,
        rerank_depth=rerank_depth,
        budget_ms=budget_ms,
        min_relevance=min_relevance,
        facets=facets,
        sort=[SortBody(field=key.removeprefix("-"), descending=key.startswith("-")) for key in sort],
        why_not=why_not,
        highlight=highlight,
        explain=explain,
        rankings=rankings,
        correct=correct,
        pageable=pageable,
        cursor=None,
        stream=stream,
    )
    search = body.to_request(arrived, pageable=pageable)
    if filter:
        search = _filtered(search, filter)
    check_search(search, limits)
    return _answer(request, service, collection, search, explain=explain, stream=stream, headers={"etag": tag})


@router.post(
    "/v1/collections/{collection}/search",
    operation_id="search_collection_by_post",
    summary="Search a collection",
    response_model=SearchAnswer,
    responses={**responses(410), 200: _STREAMED},
)
def search_by_post(
    request: Request,
    service: ServiceOf,
    limits: LimitsOf,
    arrived: Arrived,
    collection: CollectionName,
    body: SearchBody,
) -> Any:
    """Lexical and dense retrieval, fused, reranked; the best passage of each document.

    With `pageable` the answer has a `cursor`: pages are cut from one frozen ranking of one generation, so that they
    neither repeat nor skip a hit while documents change; `generation_expired` says when that generation is gone.
    With `stream` the fused answer comes first and the reranked one after.
    """
    if body.cursor is not None:
        check_page(body.page_size(), limits)
        result = service.searching.page(collection, body.cursor, body.page_size())
        return answered(answer_of(result, collection, explain=body.explain))
    search = body.to_request(arrived, pageable=body.pageable)
    check_search(search, limits)
    return _answer(request, service, collection, search, explain=body.explain, stream=body.stream)


@router.post(
    "/v1/search",
    operation_id="search_collections",
    summary="Search several collections",
    responses=responses(),
)
def search_many(
    service: ServiceOf, caller: CallerOf, limits: LimitsOf, arrived: Arrived, body: MultiSearchBody
) -> MultiSearchAnswer:
    """The best hits of several collections in one order, each labelled with its collection. See `merged_by`."""
    for collection in body.collections:
        caller.require("read", collection)
    search = body.to_request(arrived)
    check_search(search, limits, len(body.collections))
    return merged_answer_of(service.searching.search_many(body.collections, search), body.query, explain=body.explain)


def _filtered(search: Search, filters: list[str]) -> Search:
    from dataclasses import replace

    return replace(search, filter=And(tuple(parse_filter(text) for text in filters)))


def _answer(
    request: Request,
    service: Service,
    collection: str,
    search: Search,
    *,
    explain: bool,
    stream: bool,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if not stream:
        result = service.searching.search(collection, search)
        return answered(answer_of(result, collection, explain=explain), headers)
    results = service.searching.stages(collection, search)
    first = next(results)  # here, so that what is wrong with the request is a problem and not an event

    def events() -> Iterator[Event]:
        for name, result in zip(("fused", "reranked"), chain([first], results), strict=False):
            yield name, answer_of(result, collection, explain=explain)

    return event_stream(request, events())
