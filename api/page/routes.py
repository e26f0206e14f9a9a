"""The pages: collections, search, one document, search in a file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from api.http.access import CallerOf
from api.http.dependencies import Arrived, LimitsOf, ServiceOf
from api.http.limits import check_search
from api.page import across, filling, judging, one_file
from api.page.address import BUDGET_MS, HITS, Address, address_of, document_address, passage_address
from api.page.errors import ErrorPages
from api.page.excerpt import Briefs
from api.page.facets import fields_in_force, fields_to_count, in_force, narrowing
from api.page.health import routes as health
from api.page.judging import judged_answer, read_judged
from api.page.reading import reading
from api.page.rendering import HEADERS, STATIC, page, rendered, static_file
from api.page.shelf import examples, first_choice, readable
from api.page.suggesting import suggestions
from api.page.wording import UNANSWERED, remarks
from api.service.collections import Outline
from api.service.service import Service
from api.settings import ServeSettings
from engine.types import FacetCount, SearchResult

LISTED = 12  # documents that a collection's own page lists
OTHERS = 8  # other collections offered beside an answer

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Put the page into the application. Call it after every other middleware was added: it shows their refusals."""
    app.include_router(router)
    app.include_router(across.router)
    app.include_router(filling.router)
    app.include_router(judging.router)
    app.include_router(health.router)
    app.include_router(one_file.router)
    app.add_middleware(ErrorPages)


@router.get("/")
def home(service: ServiceOf, caller: CallerOf, limits: LimitsOf, q: Annotated[str, Query()] = "") -> Response:
    """The collections that the key may read, and a way to add documents; with a question, what they answer."""
    if q:
        return RedirectResponse(f"/search?{urlencode({'q': q})}", 303, headers=HEADERS)
    collections = readable(service, caller)
    chosen = first_choice(collections)
    return page(
        "home.html",
        collections=collections,
        chosen=chosen,
        examples=examples(service, chosen) if chosen else [],
        form=filling.form(service, caller, limits),
    )


@router.get("/opensearch.xml")
def opensearch(request: Request) -> Response:
    """A description by which browsers offer Winnow as a search engine. It tells nothing that needs a key."""
    content = rendered("opensearch.xml", base=str(request.base_url).rstrip("/"))
    return Response(content, media_type="application/opensearchdescription+xml", headers=HEADERS)


@router.get("/collections/{collection}")
def search(
    service: ServiceOf,
    caller: CallerOf,
    limits: LimitsOf,
    arrived: Arrived,
    address: Annotated[Address, Depends(address_of)],
) -> Response:
    """A collection, and what it answers where something is asked."""
    outline = service.collections.outline(address.collection)
    known = [name for name in service.collections.names() if caller.allows("read", name)]
    address = replace(address, among=())
    others = [address.of(name) for name in known if name != address.collection][:OTHERS]
    if not address.q:
        judged, trouble = read_judged(service, address.collection) if caller.filter is None else (None, "")
        return page(
            "collection.html",
            address=address,
            outline=outline,
            others=others,
            stats=service.collections.stats(address.collection),
            examples=examples(service, address.collection),
            documents=service.documents.page(address.collection, LISTED).documents,
            document_address=partial(document_address, address),
            form=filling.form(service, caller, limits, address.collection),
            judged=judged,
            remarks=[trouble] if trouble else [],
            administered=caller.allows("admin", address.collection),
        )
    result = _answer(service, limits, address, outline, arrived)
    address = replace(address, q=result.query)  # a cursor has a question of its own
    judged_hits = judged_answer(service, caller, address, address.collection)
    trouble = judged_hits.trouble if judged_hits else ""
    return page(
        "search.html",
        address=address,
        outline=outline,
        others=others,
        result=result,
        brief=Briefs(result.query, by_meaning=address.mode != "lexical"),
        passage_address=partial(passage_address, address),
        document_address=partial(document_address, address),
        seconds=time.monotonic() - arrived,
        remarks=[*remarks(result), *([trouble] if trouble else [])],
        unanswered=UNANSWERED in result.degraded,
        in_force=in_force(address),
        narrowing=narrowing(_counts(service, address, result, arrived), outline.metadata_schema, address),
        suggestions=suggestions(address, outline.documents, others),
        judged=judged_hits,
    )


def _answer(
    service: Service, limits: ServeSettings, address: Address, outline: Outline, arrived: float
) -> SearchResult:
    if address.cursor is not None:
        return service.searching.page(address.collection, address.cursor, HITS)
    counted = fields_to_count(outline.metadata_schema)[: limits.facets]
    request = address.to_request(arrived, facets=counted, budget_ms=BUDGET_MS)
    check_search(request, limits)
    return service.searching.search(address.collection, request)


def _counts(
    service: Service, address: Address, result: SearchResult, arrived: float
) -> Mapping[str, Sequence[FacetCount]]:
    """How many documents have each value of each field; of a field that is in force, as many as without it."""
    if not result.facets:
        return {}
    found = dict(result.facets)
    for field in set(fields_in_force(address)) & set(found):
        request = address.lacking(field).to_request(arrived, facets=(field,), budget_ms=BUDGET_MS)
        found |= service.searching.facets(address.collection, request)
    return found


@router.get("/collections/{collection}/document")
def document(
    service: ServiceOf,
    address: Annotated[Address, Depends(address_of)],
    id: Annotated[str, Query(max_length=4096)],
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """A document's text, with the passage [start, end) marked, and the words of the question."""
    found = service.documents.read(address.collection, id, address.q)
    passage = (start, end) if start < end <= len(found.document.text) else None
    return page(
        "document.html",
        address=address,
        outline=service.collections.outline(address.collection),
        document=found.document,
        reading=reading(found, passage),
        passage=passage,
    )


def static(request: Request) -> FileResponse:
    """Their addresses hold a digest, so browsers may keep them for good."""
    path, digest = static_file(request.url.path.rpartition("/")[2])
    immutable = request.query_params.get("v") == digest
    caching = "public, max-age=31536000, immutable" if immutable else "no-cache"
    return FileResponse(path, headers={**HEADERS, "cache-control": caching})


for _name in STATIC:
    router.add_api_route(f"/page/{_name}", static)
