"""Host and Origin checks: a page elsewhere must not reach a service on loopback through the reader's browser.

DNS rebinding gives a stranger's name our address; the browser then sends that name in Host and Origin.
See https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from api.security.asgi import App, Receive, Scope, Send, headers, refuse

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY = "*"
_HOST = re.compile(r"[\w.:\[\]-]+", re.ASCII)  # nothing of a path, of a user, or of a second header


def host_name(value: str) -> str | None:
    """The name in a Host header, without port, brackets and the last dot, in lower case; None for what is none."""
    try:
        parts = urlsplit(f"//{value}")
        parts.port  # noqa: B018 - raises ValueError where the port is no number
    except ValueError:
        return None
    if not _HOST.fullmatch(value) or not parts.hostname:
        return None
    return parts.hostname.rstrip(".") or None


def host_allowed(value: str, allowed: Collection[str]) -> bool:
    """Whether a Host header names one of `allowed` (names in lower case; "*" allows every well-formed one)."""
    name = host_name(value)
    return name is not None and (ANY in allowed or name in allowed)


def origin_allowed(origin: str, host: str, scheme: str, allowed: Collection[str]) -> bool:
    """Whether an Origin header is our own (scheme, name and port of the request), or one of `allowed`."""
    if ANY in allowed or origin.lower() in allowed:
        return True
    return _origin(origin) is not None and _origin(origin) == _origin(f"{scheme}://{host}")


def _origin(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


class HostCheck:
    """ASGI middleware: 400 for a Host that is not ours, 403 for an Origin that is not allowed.

    `origins` are those that CORS lets in, such as "https://example.org", in lower case.
    """

    def __init__(self, app: App, hosts: Collection[str] = LOOPBACK, origins: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named = headers(scope, "host")
        if len(named) != 1 or not host_allowed(named[0], self._hosts):
            await refuse(scope, send, 400, "unknown_host", "The Host header does not name this service.")
            return
        # A proxy in front may end TLS: then the scheme that we see is not that of the page.
        schemes = {str(scope.get("scheme", "http")), "https"}
        for origin in headers(scope, "origin"):
            if not any(origin_allowed(origin, named[0], scheme, self._origins) for scheme in schemes):
                await refuse(scope, send, 403, "unknown_origin", "Pages of this origin may not use this service.")
                return
        await self._app(scope, receive, send)
