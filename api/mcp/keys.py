"""Keys over HTTP: a home that asks its users for keys asks agents as well."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.security.asgi import problem_body
from api.security.callers import Caller
from api.security.keys import EVERY, KeyStore
from api.service.service import Service
from engine.errors import WinnowError

_CALLER = "winnow.caller"


class KeyCheck:
    """ASGI middleware: once a key was made for the home, requests need one that may read every collection."""

    def __init__(self, app: ASGIApp, keys: KeyStore) -> None:
        self._app = app
        self._keys = keys
        self._needed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None
        if scope["type"] == "http":
            given = Headers(scope=scope).get("authorization", "")
            refusal = await anyio.to_thread.run_sync(self._refusal, given, scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, authorization: str, connection: Scope) -> Response | None:
        try:
            return self._checked(authorization, connection)
        except WinnowError as error:  # nobody is let in while keys cannot be read
            return _answer(503, error.code, str(error), {})

    def _checked(self, authorization: str, connection: Scope) -> Response | None:
        connection.setdefault("state", {})[_CALLER] = Caller(None)
        if not self._needed and not self._keys.any_made():
            return None
        self._needed = True  # a file that is gone later opens nothing
        scheme, _, secret = authorization.partition(" ")
        key = self._keys.authenticate(secret.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            return _answer(
                401, "unauthenticated", "A key is needed: Authorization: Bearer wk_...", {"www-authenticate": "Bearer"}
            )
        if not key.allows("read", EVERY):
            return _answer(403, "forbidden", "The key must be for every collection.", {})
        connection["state"][_CALLER] = Caller(key)
        return None


def caller_of(context: Context[Any, Any]) -> Caller:
    """Who calls a tool: over HTTP whom `KeyCheck` recognised, on stdio whoever started the server.

    A request over HTTP that came past the check fails here, and is not let in.
    """
    request = context.request_context.request
    if request is None:
        return Caller(None)
    caller: Caller = request.scope["state"][_CALLER]
    return caller


def seen_by(service: Service, context: Context[Any, Any]) -> Service:
    """The service as who calls a tool sees it: its documents are those that pass the filter of the caller's key."""
    return service.narrowed(caller_of(context).filter)


def _answer(status: int, code: str, detail: str, headers: dict[str, str]) -> Response:
    return Response(problem_body(status, code, detail), status, headers, "application/problem+json")
