"""A limit on request bodies that counts what arrives, and not only what a header promises."""

from __future__ import annotations

from collections.abc import Callable

from api.security.asgi import App, Message, Receive, Scope, Send, headers, refuse


class _TooLarge(Exception):
    pass


class BodyLimit:
    """ASGI middleware: 413 for a body beyond `limit(path)` bytes, before it is held in memory."""

    def __init__(self, app: App, limit: Callable[[str], int]) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        if any(not _within(value, limit) for value in headers(scope, "content-length")):
            await _refuse(scope, send, limit)
            return
        received, started, exceeded = 0, False, False

        async def counted() -> Message:
            nonlocal received, exceeded
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                exceeded = True
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if exceeded and not started:
                return  # a framework's own answer to our exception: 413 is the true one
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except Exception:
            if not exceeded or started:
                raise
        if exceeded and not started:
            await _refuse(scope, send, limit)


def _within(value: str, limit: int) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= limit


async def _refuse(scope: Scope, send: Send, limit: int) -> None:
    # The rest of the body is not read, so the connection cannot serve another request.
    await refuse(scope, send, 413, "too_large", f"The body exceeds {limit} bytes.", [(b"connection", b"close")])
