"""Exceptions for calls that fail: one class per kind of status, the service's stable `code` on each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


class ApiError(Exception):
    """A call failed. `code` is stable (the service explains each at /docs/errors); `remedy` says what can be done.

    `status` is that of HTTP, 0 if there was no answer. `request_id` names the request in the service's log. `errors`
    are the parts of an invalid request: (location, message). `retry_after` is in seconds, None if the service did
    not say.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        remedy: str = "",
        *,
        status: int = 0,
        request_id: str = "",
        errors: tuple[tuple[str, str], ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail} {remedy}".strip())
        self.code = code
        self.detail = detail
        self.remedy = remedy
        self.status = status
        self.request_id = request_id
        self.errors = errors
        self.retry_after = retry_after


class InvalidRequest(ApiError):
    """The request itself is wrong (400, 405, 413, 415, 422)."""


class Unauthenticated(ApiError):
    """No key, or none that the service knows (401)."""


class Forbidden(ApiError):
    """The key is good, but not for this (403)."""


class NotFound(ApiError):
    """There is no such collection, document, job, model or path (404)."""


class Conflict(ApiError):
    """The thing exists already, or somebody else is writing (409)."""


class Expired(ApiError):
    """The generation that a cursor belongs to is gone (410): search again."""


class RateLimited(ApiError):
    """The key made too many requests (429)."""


class ServerError(ApiError):
    """The service failed (5xx)."""


class Unavailable(ServerError):
    """The service cannot do it now (503); try again later."""


class ConnectionFailed(ApiError):
    """No answer came: the service cannot be reached, the connection was lost, or it took too long."""


class JobFailed(ApiError):
    """A job that was waited for ended without finishing its work; what was committed by then is kept."""


_BY_STATUS: Mapping[int, type[ApiError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Expired,
    429: RateLimited,
    503: Unavailable,
}


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """The exception for a failed answer: an RFC 9457 problem of the service, or whatever a proxy in between sent."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "code" not in problem:
        problem = {"code": "error", "detail": f"The answer has the status {status}."}
    return of_problem(problem, status, _seconds(headers.get("retry-after")))


def of_problem(problem: Mapping[str, Any], status: int, retry_after: float | None = None) -> ApiError:
    """The exception for a problem body."""
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else InvalidRequest)
    return kind(
        str(problem["code"]),
        str(problem.get("detail", "")),
        str(problem.get("remedy", "")),
        status=status,
        request_id=str(problem.get("request_id", "")),
        errors=tuple((str(part["location"]), str(part["message"])) for part in problem.get("errors", ())),
        retry_after=retry_after,
    )


def _seconds(value: str | None) -> float | None:
    """A Retry-After header, a number of seconds or a date, as seconds from now (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    try:
        if value.strip().isdecimal():
            return float(value)
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
