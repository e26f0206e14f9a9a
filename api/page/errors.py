"""Errors of the page as pages: the same codes and statuses as the API's, with words for people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.http.problems import RETRY_AFTER, Problem, of_error, problem
from api.page.address import Address
from api.page.rendering import page
from engine.errors import WinnowError

log = logging.getLogger(__name__)

HEADLINES = {
    "collection_not_found": "There is no such collection",
    "document_not_found": "There is no such document",
    "forbidden": "This key does not open that",
    "generation_expired": "These pages have expired",
    "invalid_cursor": "This link to a page is broken",
    "invalid_filter": "This filter cannot be used",
    "invalid_query": "There is no question",
    "not_found": "There is no such page",
    "overloaded": "Too busy just now",
    "rate_limited": "Too many requests",
    "unauthenticated": "A key is needed",
    "writer_busy": "Somebody else is writing",
}
_AGAIN = ("generation_expired", "invalid_cursor", "invalid_filter", "overloaded", "writer_busy")  # asking anew helps
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route whose errors are HTML. Its dependencies' errors, such as a missing key's, are too."""

    def get_route_handler(self) -> _Handler:
        handler = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handler(request)
            except Exception as error:
                return error_page(request, problem_of(request, error))

        return handled


def problem_of(request: Request, error: Exception) -> Problem:
    """What went wrong, with its status; whatever nobody foresaw is logged."""
    if isinstance(error, WinnowError):
        found = of_error(request, error)
        if found.status >= 500:
            log.warning("%s: %s", found.request_id, error)
        return found
    if isinstance(error, RequestValidationError):
        parts = "; ".join(f"{part['loc'][-1]}: {part['msg']}" for part in error.errors()[:3])
        return problem(request, 422, "invalid_request", f"The address holds what it cannot: {parts}.")
    if isinstance(error, HTTPException):
        code = "not_found" if error.status_code == 404 else "bad_request"
        return problem(request, error.status_code, code, str(error.detail))
    found = problem(request, 500, "error", "The service failed for a reason that nobody foresaw.")
    log.error("%s: %s %s failed", found.request_id, request.method, request.url.path, exc_info=error)
    return found


def error_page(request: Request, found: Problem) -> Response:
    """The problem as a page, with a link that repeats the search where that can help."""
    again = _again(request) if found.code in _AGAIN else None
    headline = HEADLINES.get(found.code, "That did not work")
    response = page("error.html", found.status, problem=found, headline=headline, again=again)
    if found.code in RETRY_AFTER:
        response.headers["retry-after"] = str(RETRY_AFTER[found.code])
    return response


def _again(request: Request) -> str | None:
    """The question without whatever else the address held."""
    collection, question = request.path_params.get("collection"), request.query_params.get("q")
    return str(Address(collection, question)) if collection and question else None
