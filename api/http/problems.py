"""Errors as RFC 9457 problem bodies: each code of a WinnowError has one status, here and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from engine.errors import Overloaded, WinnowError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
DOCS = "/docs/errors"  # + "#code"

STATUS: Mapping[str, int] = {
    "catalogue_missing": 503,
    "catalogue_unavailable": 503,
    "codes_collapsed": 422,
    "collection_exists": 409,
    "collection_not_found": 404,
    "dependency_missing": 501,
    "disk_full": 507,
    "document_expired": 404,
    "document_not_found": 404,
    "error": 500,
    "forbidden": 403,
    "format_too_new": 503,
    "generation_expired": 410,
    "inference_unavailable": 503,
    "invalid_cursor": 400,
    "invalid_filter": 400,
    "invalid_query": 400,
    "invalid_recipe": 400,
    "job_not_found": 404,
    "key_not_found": 404,
    "model_mismatch": 409,
    "model_not_found": 404,
    "network_file_system": 501,
    "not_embedded": 503,
    "overloaded": 503,
    "parse_failed": 422,
    "quantisation_loss": 422,
    "rate_limited": 429,
    "source_not_found": 404,
    "storage_failed": 500,
    "store_damaged": 500,
    "unauthenticated": 401,
    "unsafe_exposure": 500,
    "unsupported_model": 501,
    "usage": 400,
    "writer_busy": 409,
}
RETRY_AFTER = {"inference_unavailable": 2, "overloaded": 2, "writer_busy": 2}  # seconds

# Codes that only HTTP has.
INVALID_REQUEST = "invalid_request"
HTTP_CODES: Mapping[str, int] = {
    "bad_request": 400,
    "invalid_request": 422,
    "method_not_allowed": 405,
    "not_found": 404,
    "too_large": 413,
    "unsupported_media_type": 415,
}
_EVERY = (400, 404, 405, 409, 413, 422, 500, 501, 503)  # what any route may answer


class FieldProblem(BaseModel):
    """What is wrong with one part of the request."""

    location: str = Field(description="where, such as `body.documents.0.id` or `query.k`")
    message: str


class Problem(BaseModel):
    """RFC 9457, with a stable `code` that programs may rely on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": f"{DOCS}#collection_not_found",
                    "title": "Not Found",
                    "status": 404,
                    "code": "collection_not_found",
                    "detail": "There is no collection 'manuals'.",
                    "remedy": "Known collections: default.",
                    "request_id": "5f0c0f3e8a9d4b0f",
                    "errors": [],
                }
            ]
        }
    )

    type: str = Field(description="where the code is explained, relative to the service")
    title: str = Field(description="the status in words")
    status: int = Field(ge=400, le=599)
    code: str = Field(description="stable; what a program should look at")
    detail: str = Field(description="what is wrong")
    remedy: str = Field(description="what can be done about it; may be empty")
    request_id: str = Field(description="names this request in the service's log")
    errors: list[FieldProblem] = Field(description="for `invalid_request`: each part that is wrong")


def problem(
    request: Request, status: int, code: str, detail: str, remedy: str = "", errors: Sequence[FieldProblem] = ()
) -> Problem:
    """A problem body; `request` names itself in it."""
    return Problem(
        type=f"{DOCS}#{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=_utf8(detail),
        remedy=_utf8(remedy),
        request_id=request_id_of(request),
        errors=list(errors),
    )


def of_error(request: Request, error: WinnowError) -> Problem:
    """The problem body of a typed error."""
    return problem(request, STATUS.get(error.code, 500), error.code, error.message, error.remedy)


def request_id_of(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the problems that a route may answer with, `statuses` and those that every route has."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*_EVERY, *statuses})
    }


def install(app: FastAPI) -> None:
    """Have every error of the application answered by a problem body."""

    async def winnow_error(request: Request, error: WinnowError) -> JSONResponse:
        found = of_error(request, error)
        if found.status >= 500:
            log.warning("%s: %s", request_id_of(request), error)
        wait = {"retry-after": str(ceil(error.retry_after))} if isinstance(error, Overloaded) else None
        return _response(found, wait)

    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [FieldProblem(location=_location(part["loc"]), message=_utf8(part["msg"])) for part in error.errors()]
        shown = "; ".join(f"{part.location}: {part.message}" for part in errors[:3])
        detail = f"The request is not what this operation takes: {shown}"
        return _response(problem(request, 422, INVALID_REQUEST, detail, "See the operation in /docs.", errors))

    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        codes = {status: code for code, status in HTTP_CODES.items()}
        code = codes.get(error.status_code, "bad_request" if error.status_code < 500 else "error")
        return _response(problem(request, error.status_code, code, str(error.detail)), error.headers)

    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        name = request_id_of(request)
        log.error("%s: %s %s failed", name, request.method, request.url.path, exc_info=error)
        detail = "The service failed for a reason that nobody foresaw."
        found = problem(request, 500, "error", detail, "Report it with the request's id.")
        return _response(found, {"x-request-id": name})  # this one does not pass the middleware

    handlers: dict[Any, Any] = {
        WinnowError: winnow_error,
        RequestValidationError: invalid,
        HTTPException: http_error,
        Exception: unforeseen,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _response(found: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    retry = {"retry-after": str(RETRY_AFTER[found.code])} if found.code in RETRY_AFTER else {}
    return JSONResponse(found.model_dump(), found.status, headers={**retry, **(headers or {})}, media_type=MEDIA_TYPE)


def _location(parts: Sequence[object]) -> str:
    return ".".join(_utf8(str(part)) for part in parts)


def _utf8(text: str) -> str:
    """Lone surrogates, which a client's JSON may hold, as escapes: UTF-8 cannot carry them."""
    return text.encode("utf-8", "backslashreplace").decode()
