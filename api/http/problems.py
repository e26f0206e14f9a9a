"""Errors as RFC 9457 problem bodies: each code of a WinnowError has one status, here and nowhere else."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, computed_field
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from api.errors import RateLimited, Unauthenticated
from api.http.invalid import explain
from api.security.forms import CUT_OFF
from api.security.redaction import redact
from api.security.response_headers import HEADERS
from api.service.job_files import JobError
from engine.errors import Abandoned, CollectionNotFound, Overloaded, WinnowError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
DOCS = "/docs/errors"  # + "#code"

STATUS: Mapping[str, int] = {
    "abandoned": 503,
    "catalogue_missing": 503,
    "home_missing": 503,
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
    "mirror_refused": 409,
    "source_unavailable": 502,
    "format_too_new": 503,
    "generation_expired": 410,
    "incomplete": 503,
    "inference_unavailable": 503,
    "invalid_cursor": 400,
    "invalid_filter": 400,
    "invalid_query": 400,
    "invalid_recipe": 400,
    "invalid_curation": 422,
    "job_not_found": 404,
    "key_exists": 409,
    "key_not_found": 404,
    "keys_unavailable": 503,
    "model_answer_invalid": 502,
    "model_mismatch": 409,
    "model_not_found": 404,
    "model_unavailable": 503,
    "network_file_system": 501,
    "not_embedded": 503,
    "not_in_cluster": 501,
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
RETRY_AFTER = {
    "inference_unavailable": 2,
    "model_unavailable": 5,
    "writer_busy": 2,
}  # seconds; other errors say it themselves

# Codes that only HTTP has.
INVALID_REQUEST = "invalid_request"
HTTP_CODES: Mapping[str, int] = {
    "bad_request": 400,
    "head_timeout": 408,
    "head_too_large": 431,
    "invalid_request": 422,
    "method_not_allowed": 405,
    "not_found": 404,
    "request_timeout": 503,
    "shutting_down": 503,
    "too_large": 413,
    "unknown_host": 400,
    "unknown_origin": 403,
    "unsupported_media_type": 415,
}
_BY_STATUS = {  # of what the framework refuses
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
_FORM = "Send a whole form, as `curl -F` does."
_EVERY = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 501, 503)  # what any route may answer


class FieldProblem(BaseModel):
    """One part of the request that is wrong."""

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
                    "remedy": "GET /v1/collections lists those that you may read.",
                    "request_id": "5f0c0f3e8a9d4b0f",
                    "errors": [],
                    "message": "There is no collection 'manuals'. GET /v1/collections lists those that you may read.",
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

    @computed_field(  # type: ignore[prop-decorator]
        description="detail and remedy where the clients of OpenAI and Cohere look for them: they show nothing else"
    )
    @property
    def message(self) -> str:
        return f"{self.detail} {self.remedy}".strip()


def problem(
    request: Request, status: int, code: str, detail: str, remedy: str = "", errors: Sequence[FieldProblem] = ()
) -> Problem:
    """A problem body; `request` names itself in it."""
    return Problem(
        type=f"{DOCS}#{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=redact(_utf8(detail)),
        remedy=redact(_utf8(remedy)),
        request_id=request_id_of(request),
        errors=list(errors),
    )


def of_error(request: Request, error: WinnowError) -> Problem:
    """The problem body of a typed error."""
    return problem(request, STATUS.get(error.code, 500), error.code, error.message, remedy_of(error))


def remedy_of(error: WinnowError | JobError) -> str:
    """The error's own; but a caller who may read one collection must not learn from it of others."""
    if error.code == CollectionNotFound.code:
        return "GET /v1/collections lists those that you may read."
    return error.remedy


def answer_to(request: Request, error: WinnowError) -> JSONResponse:
    """The problem of a typed error, with the headers that its status calls for."""
    headers = {}
    if isinstance(error, Overloaded | RateLimited):
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after)))
    elif error.code in RETRY_AFTER:
        headers["retry-after"] = str(RETRY_AFTER[error.code])
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = _challenge(request)
    return _response(of_error(request, error), headers)


def _challenge(request: Request) -> str:
    """Where a page is wanted, what makes a browser ask its user for a password, which is the key.

    Alone: Chromium looks at the first scheme of a line only, and asks for nothing if it does not know that one.
    """
    wants_page = "text/html" in request.headers.get("accept", "")
    return 'Basic realm="Winnow: the key is the password", charset="UTF-8"' if wants_page else 'Bearer realm="Winnow"'


def request_id_of(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's description of the problems that a route may answer with, `statuses` and those that every route has."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*_EVERY, *statuses})
    }


def install(app: FastAPI) -> None:
    """Have every error of the application answered by a problem body."""

    async def winnow_error(request: Request, error: WinnowError) -> JSONResponse:
        answer = answer_to(request, error)
        if answer.status_code >= 500 and not isinstance(error, Abandoned):
            log.warning("%s: %s", request_id_of(request), error)
        return answer

    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = explain(error.errors(), error.body)
        parts = [
            FieldProblem(location=redact(_utf8(part.location)), message=redact(_utf8(part.message)))
            for part in found.parts
        ]
        operation = getattr(request.scope.get("route"), "operation_id", "")
        remedy = found.remedy or f"See what it takes at /docs#{operation}."
        return _response(problem(request, 422, INVALID_REQUEST, found.detail, remedy, parts))

    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        if _is_broken_form(error):
            part = FieldProblem(location="body", message=redact(_utf8(str(error.detail))))
            detail = f"The form cannot be read: {part.message}"
            return _response(problem(request, 422, INVALID_REQUEST, detail, _FORM, [part]))
        code = _BY_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "error")
        return _response(problem(request, error.status_code, code, str(error.detail)), error.headers)

    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        name = request_id_of(request)
        log.error("%s: %s %s failed", name, request.method, request.url.path, exc_info=error)
        detail = "The service failed for an unexpected reason."
        found = problem(request, 500, "error", detail, "Report it with the request's id.")
        return _response(found, {"x-request-id": name, **HEADERS})  # this one does not pass the middlewares

    handlers: dict[Any, Any] = {
        WinnowError: winnow_error,
        RequestValidationError: invalid,
        HTTPException: http_error,
        Exception: unforeseen,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _is_broken_form(error: HTTPException) -> bool:
    """Whether a form could not be read; one that has too many parts is whole, and refused as large bodies are."""
    unread = isinstance(error.__context__, MultiPartException) and not str(error.detail).startswith("Too many")
    return unread or error.detail == CUT_OFF


def _response(found: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(found.model_dump(), found.status, headers=headers, media_type=MEDIA_TYPE)


def _utf8(text: str) -> str:
    """Lone surrogates, which a client's JSON may hold, as escapes: UTF-8 cannot carry them."""
    return text.encode("utf-8", "backslashreplace").decode()
