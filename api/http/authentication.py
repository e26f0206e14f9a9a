"""Who is asking, and not too often: before anything of a request is read but its headers."""

from __future__ import annotations

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import Unauthenticated
from api.http.access import LOCAL_PATHS, OPEN_PATHS
from api.http.problems import answer_to
from api.security.asgi import LOCAL
from api.security.callers import Caller, Callers, secret_of
from api.security.exposure import is_loopback
from api.security.limits import RateLimiter
from engine.errors import WinnowError

_READERS = 4  # threads that look keys up: they must not wait for those that search
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Authentication:
    """ASGI middleware: sets `request.state.caller`; 401 without a key where one is needed, 429 beyond the rate.

    Wrong keys are counted by address, so that trying many is slow.
    """

    def __init__(self, app: ASGIApp, callers: Callers, limiter: RateLimiter) -> None:
        self._app = app
        self._callers = callers
        self._limiter = limiter
        self._threads: anyio.CapacityLimiter | None = None  # made in the event loop that it is for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # we have none
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        try:
            scope.setdefault("state", {})
            scope["state"]["caller"] = await self._caller(scope)
        except WinnowError as error:
            await answer_to(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        if scope["state"].get(LOCAL):  # the owner of the home, who may do with its files what he likes
            return Caller(None)
        address = scope["client"][0] if scope.get("client") else ""
        secret = secret_of(scope)
        if scope["path"] in LOCAL_PATHS and secret is None and _is_local(scope, address):
            return Caller(None, address)
        try:
            caller = self._callers.at_once(secret, address) or await self._looked_up(secret, address)
        except Unauthenticated:
            self._limiter.check(Caller(None, address).bucket)
            raise
        self._limiter.check(caller.bucket)
        return caller

    async def _looked_up(self, secret: str | None, address: str) -> Caller:
        self._threads = self._threads or anyio.CapacityLimiter(_READERS)
        return await anyio.to_thread.run_sync(self._callers.recognise, secret, address, limiter=self._threads)


def _is_local(scope: Scope, address: str) -> bool:
    """Whether this machine asks, and not a proxy on it for somebody else."""
    forwarded = any(name.decode("latin-1").lower() in _FORWARDED for name, _ in scope["headers"])
    return is_loopback(address) and not forwarded
