"""Forms that arrive whole: one that breaks off would be read as if what is missing had never been sent."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException

from api.security.asgi import App, Message, Receive, Scope, Send, headers

_BOUNDARY = re.compile(r'(?i)multipart/form-data\b.*?;\s*boundary=(?:"([^"]+)"|([^\s;]+))')
CUT_OFF = "The form breaks off: the boundary that closes it is missing."


class WholeForms:
    """ASGI middleware: whoever reads the end of a multipart form without its closing boundary gets an HTTPException,
    which the framework's own readers of forms let pass.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _boundary(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        closing = b"--" + found + b"--"
        kept = 2 * len(closing) + 64  # what may follow it is white space
        end = b""

        async def whole() -> Message:
            nonlocal end
            message = await receive()
            if message["type"] == "http.request":
                end = (end + message.get("body", b"")[-kept:])[-kept:]  # no copy of an upload
                if not message.get("more_body", False) and closing not in end:
                    raise HTTPException(422, CUT_OFF)
            return message

        await self._app(scope, whole, send)


def _boundary(scope: Scope) -> bytes | None:
    """The boundary of a multipart form; None for any other body."""
    for value in headers(scope, "content-type"):
        if found := _BOUNDARY.match(value):
            return (found[1] or found[2]).encode("latin-1", "replace")
    return None
