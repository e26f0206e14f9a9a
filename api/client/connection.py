"""The part of both clients that uses httpx: headers, times, its errors as ours, and which calls are worth repeating."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import tenacity

from api.client.call import Call
from api.client.errors import ApiError, ConnectionFailed, RateLimited, Unavailable
from api.client.results import Job

URL = "http://127.0.0.1:8400"
TIMEOUT = 60.0  # seconds without a byte
RETRIES = 3
LONGEST_WAIT = 60.0  # seconds: a service that asks for more patience is not waited for
_backoff = tenacity.wait_random_exponential(multiplier=0.25, max=8)


def settings(url: str, api_key: str | None, timeout: float) -> dict[str, Any]:
    """Settings of httpx's clients. Redirects are not followed: the key is for this service alone."""
    headers = {"accept": "application/json, text/event-stream"}
    if api_key:
        headers["authorization"] = f"Bearer {api_key}"
    return {"base_url": url, "headers": headers, "timeout": timeout}


def request_of(client: httpx.Client | httpx.AsyncClient, call: Call[Any], *, streamed: bool = False) -> httpx.Request:
    """The request; a stream may be silent for as long as it likes."""
    timeout = httpx.Timeout(client.timeout.connect, read=None) if streamed else client.timeout
    parts = {"params": call.params, "json": call.json, "data": call.data, "files": call.files}
    return client.build_request(call.method, call.path, **parts, timeout=timeout)


@contextmanager
def typed_errors() -> Iterator[None]:
    """httpx's errors as ConnectionFailed."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise ConnectionFailed("timeout", "The service took too long.", "Raise the client's timeout.") from error
    except httpx.ConnectError as error:
        raise ConnectionFailed(
            "unreachable", f"The service cannot be reached: {error}.", "Start it with `winnow serve`."
        ) from error
    except httpx.TransportError as error:
        raise ConnectionFailed("connection_lost", f"The connection was lost: {error}.", "Try again.") from error


def retrying(call: Call[Any], retries: int) -> dict[str, Any]:
    """Settings for tenacity: what was refused for now is sent again after what the service asked for, or a backoff."""
    return {
        "retry": tenacity.retry_if_exception(lambda error: _worth_repeating(error, repeatable=call.repeatable)),
        "wait": _wait,
        "stop": tenacity.stop_after_attempt(retries + 1),
        "reraise": True,
    }


def polling(timeout: float | None) -> dict[str, Any]:
    """Settings for tenacity: ask for a job until it has finished, or as it is after `timeout` seconds."""
    unfinished: Callable[[Job], bool] = lambda job: not job.finished  # noqa: E731
    return {
        "retry": tenacity.retry_if_result(unfinished),
        "wait": tenacity.wait_exponential(multiplier=0.05, max=2),
        "stop": tenacity.stop_never if timeout is None else tenacity.stop_after_delay(timeout),
        "retry_error_callback": lambda state: state.outcome.result(),
    }


def _worth_repeating(error: BaseException, *, repeatable: bool) -> bool:
    """A request that was refused before it was looked at can always be sent again, another one if it is repeatable."""
    if not isinstance(error, ApiError) or (error.retry_after or 0) > LONGEST_WAIT:
        return False
    if isinstance(error, RateLimited) or error.code == "unreachable":
        return True
    return repeatable and (isinstance(error, Unavailable) or error.code == "connection_lost")


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ApiError) else None
    return _backoff(state) if asked is None else asked
