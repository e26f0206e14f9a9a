"""Keys over HTTP: a home that asks its users for keys asks agents as well."""

from __future__ import annotations

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.security.keys import EVERY, KeyStore
from engine.errors import WinnowError


class KeyCheck:
    """ASGI middleware: once a key was made for the home, requests need one that may read every collection."""

    def __init__(self, app: ASGIApp, keys: KeyStore) -> None:
        self._app = app
        self._keys = keys
        self._needed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None
        if scope["type"] == "http":
            refusal = await anyio.to_thread.run_sync(self._refusal, Headers(scope=scope).get("authorization", ""))
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, authorization: str) -> JSONResponse | None:
        try:
            return self._checked(authorization)
        except WinnowError as error:  # nobody is let in while keys cannot be read
            return _answer(503, str(error), {})

    def _checked(self, authorization: str) -> JSONResponse | None:
        if not self._needed and not self._keys.any_made():
            return None
        self._needed = True  # a file that is gone later opens nothing
        scheme, _, secret = authorization.partition(" ")
        key = self._keys.authenticate(secret.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            return _answer(401, "A key is needed: Authorization: Bearer wk_...", {"www-authenticate": "Bearer"})
        if not key.allows("read", EVERY):
            return _answer(403, "The key must be for every collection.", {})
        return None


def _answer(status: int, message: str, headers: dict[str, str]) -> JSONResponse:
    return JSONResponse({"error": message}, status, headers)
