"""The pages: collections, search, one document, search in a file."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from api.http.dependencies import CollectionName, ServiceOf, require
from api.page import rendering
from api.page.address import HITS, LONGEST_QUERY, Address, address_of
from api.page.errors import PageRoute, problem_of
from api.page.facets import facets, fields_to_count, in_force
from api.page.rendering import page
from api.page.suggesting import suggestions
from api.page.wording import remarks
from api.security.hosts import origin_allowed
from api.service.collections import Outline
from api.service.service import Service
from engine.errors import Forbidden, InvalidQuery, ParseFailed, WinnowError
from engine.request import Request as Search
from engine.types import SearchResult
from indexer.parsers import PARSERS
from indexer.submitted import SubmittedFile

BUDGET_MS = 3000.0  # of a search: people wait for no reranker longer
OTHERS = 8  # other collections offered beside an answer
_SUFFIXES = sorted(suffix for parser in PARSERS for suffix in parser.suffixes)

pages = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[require("read")])


@pages.get("/")
def home(service: ServiceOf) -> Response:
    """The collections."""
    return page("home.html", collections=service.collections.all())


@pages.get("/search")
def choose(collection: Annotated[str, Query(max_length=64)], q: str = "") -> Response:
    """Where a form that has the collection as a field leads to."""
    return RedirectResponse(str(Address(collection, q.strip())), 303, headers=rendering.HEADERS)


@pages.get("/collections/{collection}")
def search(service: ServiceOf, address: Annotated[Address, Depends(address_of)]) -> Response:
    """A collection, and what it answers where something is asked."""
    arrived = time.monotonic()
    outline = service.collections.outline(address.collection)
    if not address.q:
        return page("search.html", address=address, outline=outline, others=[], result=None)
    result = _answer(service, address, outline, arrived)
    address = replace(address, q=result.query)  # a cursor has a question of its own
    others = [address.of(name) for name in service.collections.names() if name != address.collection][:OTHERS]
    return page(
        "search.html",
        address=address,
        outline=outline,
        others=others,
        result=result,
        seconds=time.monotonic() - arrived,
        remarks=remarks(result),
        in_force=in_force(address),
        facets=facets(result.facets, address),
        suggestions=suggestions(address, outline.documents, others),
    )


def _answer(service: Service, address: Address, outline: Outline, arrived: float) -> SearchResult:
    if address.cursor is not None:
        return service.searching.page(address.collection, address.cursor, HITS)
    counted = fields_to_count(outline.metadata_schema)
    return service.searching.search(
        address.collection, address.to_request(arrived, facets=counted, budget_ms=BUDGET_MS)
    )


@pages.get("/collections/{collection}/document")
def document(
    service: ServiceOf,
    collection: CollectionName,
    id: Annotated[str, Query(max_length=4096)],
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """A document's text, with the passage [start, end) marked."""
    stored = service.documents.get(collection, id).document
    marks = [(start, end)] if start < end <= len(stored.text) else []
    outline = service.collections.outline(collection)
    return page("document.html", address=Address(collection), outline=outline, document=stored, marks=marks)


@pages.get("/document")
def ask_for_file() -> Response:
    """The form of `search_file`."""
    return _in_document()


@pages.post("/document")
def search_file(
    request: Request,
    service: ServiceOf,
    file: Annotated[UploadFile | None, File()] = None,
    q: Annotated[str, Form(max_length=LONGEST_QUERY)] = "",
) -> Response:
    """Passages of a file that is read and forgotten."""
    arrived = time.monotonic()
    try:
        _check_origin(request)
        if file is None or not file.filename:
            raise ParseFailed("No file was chosen.", "Choose one.")
        if not q.strip():
            raise InvalidQuery("The question is empty.", "Ask something.")
        search = Search(q, HITS, by_document=False, arrived=arrived, budget_ms=BUDGET_MS)
        result, _ = service.in_document.search(SubmittedFile("document", file.filename, file.file.read()), search)
    except WinnowError as error:
        found = problem_of(request, error)
        return _in_document(found.status, problem=found, question=q)
    seconds = time.monotonic() - arrived
    return _in_document(result=result, seconds=seconds, remarks=remarks(result), question=q, name=file.filename)


def _in_document(status: int = 200, **context: Any) -> Response:
    empty = {"problem": None, "result": None, "question": "", "suffixes": _SUFFIXES}
    return page("in_document.html", status, **{**empty, **context})


def _check_origin(request: Request) -> None:
    """Forbidden for a form of another site. What is no browser sends no Origin."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    schemes = {request.url.scheme, "https"}  # a proxy in front may end TLS
    if origin is not None and not any(origin_allowed(origin, host, scheme, ()) for scheme in schemes):
        raise Forbidden("The form was sent by another site.", "Use the form of this page.")


router = APIRouter()
router.include_router(pages)
router.include_router(rendering.router)
