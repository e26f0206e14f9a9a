"""Host and Origin checks: a page elsewhere must not reach a service on loopback through the reader's browser.

DNS rebinding gives a stranger's name our address; the browser then sends that name in Host and Origin.
See https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import IPv6Address

from api.security.asgi import App, Receive, Scope, Send, headers, refuse

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY = "*"
# RFC 3986, 3.2.2: a name or an IPv4 address, or an IPv6 address in brackets; then a port. Nothing may follow, nor a
# path, a user or a second header hide in it.
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::([0-9]{0,5}))?", re.ASCII | re.IGNORECASE)


def split_host(value: str) -> tuple[str, int | None] | None:
    """The name of a Host header, in lower case, without brackets and the last dot, and its port; None for what is none.

    IPv6 addresses come in their shortest form.
    """
    match = _HOST.fullmatch(value)
    if match is None:
        return None
    address, name, port = match.groups()
    if port and int(port) > 65535:
        return None
    if address is not None:
        try:
            name = str(IPv6Address(address))
        except ValueError:
            return None
    name = name.lower().removesuffix(".")
    return (name, int(port) if port else None) if name else None


def host_name(value: str) -> str | None:
    """The name in a Host header; None for what is none."""
    found = split_host(value)
    return found[0] if found else None


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
    scheme, _, rest = url.partition("://")
    found = split_host(rest)
    if found is None:
        return None
    name, port = found
    scheme = scheme.lower()
    return scheme, name, port or {"http": 80, "https": 443}.get(scheme)


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
