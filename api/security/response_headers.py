"""Headers that tell browsers how to treat our answers safely. See https://owasp.org/www-project-secure-headers."""

from __future__ import annotations

from api.security.asgi import App, Message, Receive, Scope, Send

HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # Revalidated each time, which ETags make cheap, and kept by no cache that several people share.
    "cache-control": "private, no-cache",
}


class ResponseHeaders:
    """ASGI middleware: each header that an answer has not set itself (a page sets a policy of its own)."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = list(message.get("headers", ()))
                known = {name.lower() for name, _ in fields}
                fields += [(n, v) for n, v in _ENCODED if n not in known]
                message = {**message, "headers": fields}
            await send(message)

        await self._app(scope, receive, with_headers)


_ENCODED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
