"""Search of one collection, by GET or POST, and of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.answers.searching import MultiSearchAnswer, SearchAnswer, answer_of, merged_answer_of
from api.http.access import CallerOf
from api.http.answers import answered
from api.http.dependencies import Arrived, CollectionName, LimitsOf, ServiceOf
from api.http.etags import etag, is_known
from api.http.events import Event, documented, event_stream
from api.http.json_route import resource
from api.http.limits import check_page, check_search
from api.http.problems import responses
from api.http.schemas.searching import MultiSearchBody, SearchBody, SearchParameters
from api.service.service import Service
from api.settings import ServeSettings
from engine.query.request import Request as Search

router = resource("search")

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
    asked: Annotated[SearchParameters, Query()],
) -> Any:
    """Search as POST does, with filters in the command line's syntax; an unchanged answer is a 304 to
    `If-None-Match`.
    """
    if asked.cursor is not None:
        return _page(service, limits, collection, asked.cursor, asked)
    tag = etag(*service.searching.version(collection), sorted(request.query_params.multi_items()))
    if is_known(request, tag):
        return Response(status_code=304, headers={"etag": tag})
    search = asked.to_request(arrived)
    check_search(search, limits)
    headers = {"etag": tag}
    return _answer(request, service, collection, search, explain=asked.explain, stream=asked.stream, headers=headers)


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
        return _page(service, limits, collection, body.cursor, body)
    search = body.to_request(arrived, pageable=body.pageable)
    check_search(search, limits)
    return _answer(request, service, collection, search, explain=body.explain, stream=body.stream)


@router.post(
    "/v1/search",
    operation_id="search_collections",
    summary="Search several collections",
    response_model=MultiSearchAnswer,
    responses=responses(),
)
def search_many(service: ServiceOf, caller: CallerOf, limits: LimitsOf, arrived: Arrived, body: MultiSearchBody) -> Any:
    """The best hits of several collections in one order, each labelled with its collection. See `merged_by`."""
    for collection in body.collections:
        caller.require("read", collection)
    search = body.to_request(arrived)
    check_search(search, limits, len(body.collections))
    return merged_answer_of(service.searching.search_many(body.collections, search), body.query, explain=body.explain)


def _page(
    service: Service, limits: ServeSettings, collection: str, cursor: str, asked: SearchBody | SearchParameters
) -> Response:
    check_page(asked.page_size(), limits)
    result = service.searching.page(collection, cursor, asked.page_size())
    return answered(answer_of(result, collection, explain=asked.explain))


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
