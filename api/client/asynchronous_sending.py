"""Connections of the asynchronous client: calls are sent, and again where that helps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, TypeVar

import httpx
import tenacity
from httpx_sse import EventSource

from api.client.call import Call
from api.client.connection import RETRIES, TIMEOUT, URL, request_of, retrying, settings, typed_errors

T = TypeVar("T")


class AsyncSender:
    """Connections to one service."""

    def __init__(
        self,
        url: str = URL,
        *,
        api_key: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(**settings(url, api_key, timeout), transport=transport)
        self._retries = retries

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(self, call: Call[T]) -> T:
        answer: T = await tenacity.AsyncRetrying(**retrying(call, self._retries))(self._once, call)
        return answer

    async def _once(self, call: Call[T]) -> T:
        with typed_errors():
            response = await self._http.send(request_of(self._http, call))
        return call.read(response.status_code, response.headers, response.content)

    async def _events(self, call: Call[T]) -> AsyncIterator[tuple[str, T]]:
        response: httpx.Response = await tenacity.AsyncRetrying(**retrying(call, self._retries))(self._open, call)
        try:
            with typed_errors():
                async for event in EventSource(response).aiter_sse():
                    yield call.read_event(event.event, event.data)
        finally:
            await response.aclose()

    async def _open(self, call: Call[T]) -> httpx.Response:
        with typed_errors():
            response = await self._http.send(request_of(self._http, call, streamed=True), stream=True)
            if response.status_code != 200:
                call.read(response.status_code, response.headers, await response.aread())
        return response
