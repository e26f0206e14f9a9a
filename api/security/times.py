"""A limit on the time until an answer begins. A stream that has begun may go on: events of a long ingest, say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from api.security.asgi import App, Message, Receive, Scope, Send, refuse


class TimeLimit:
    """ASGI middleware: 503 when an answer has not begun after `seconds(path)`, reading the body included.

    What runs in a thread by then ends at its next checkpoint (engine/awaited.py).
    """

    def __init__(self, app: App, seconds: Callable[[str], float]) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seconds = self._seconds(scope["path"])
        started = False
        try:
            async with asyncio.timeout(seconds) as limit:

                async def watched(message: Message) -> None:
                    nonlocal started
                    if not started:
                        started = True
                        limit.reschedule(None)
                    await send(message)

                await self._app(scope, receive, watched)
        except TimeoutError:
            if started or not limit.expired():
                raise
            detail = f"No answer after {seconds:g} seconds."
            await refuse(scope, send, 503, "request_timeout", detail, [(b"retry-after", b"1")])
