"""Connections of the client. Made by clients/python/generate.py of asynchronous_sending.py."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self, TypeVar

import httpx
import tenacity
from httpx_sse import EventSource

from api.client.call import Call
from api.client.connection import RETRIES, TIMEOUT, URL, request_of, retrying, settings, typed_errors

T = TypeVar("T")


class Sender:
    """Connections to one service."""

    def __init__(
        self,
        url: str = URL,
        *,
        api_key: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(**settings(url, api_key, timeout), transport=transport)
        self._retries = retries

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, call: Call[T]) -> T:
        answer: T = tenacity.Retrying(**retrying(call, self._retries))(self._once, call)
        return answer

    def _once(self, call: Call[T]) -> T:
        with typed_errors():
            response = self._http.send(request_of(self._http, call))
        return call.read(response.status_code, response.headers, response.content)

    def _events(self, call: Call[T]) -> Iterator[tuple[str, T]]:
        response: httpx.Response = tenacity.Retrying(**retrying(call, self._retries))(self._open, call)
        try:
            with typed_errors():
                for event in EventSource(response).iter_sse():
                    yield call.read_event(event.event, event.data)
        finally:
            response.close()

    def _open(self, call: Call[T]) -> httpx.Response:
        with typed_errors():
            response = self._http.send(request_of(self._http, call, streamed=True), stream=True)
            if response.status_code != 200:
                call.read(response.status_code, response.headers, response.read())
        return response
