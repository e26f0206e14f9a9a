"""The outermost middleware: stamps a request's arrival, and tells metrics, log and trace how it went."""

from __future__ import annotations

import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.operations import metrics, tracing
from api.operations.logs import log_request
from api.request.record import Record, begin
from api.security.asgi import HUNG_UP
from engine.awaited import Client

UNKNOWN = "(no route)"  # an unknown path, or refused before any route was looked for
_QUIET = ("/healthz", "/readyz", "/metrics")  # asked every few seconds: counted, but not logged
_CLIENT_GONE = 499  # as nginx counts it: the client hung up before its answer began


class Observe:
    """ASGI middleware. `request.state.arrived` is `time.monotonic()` when the request came in; budgets count from it.

    The request's id is set by a middleware further in (api/http/request_ids.py), before anything is answered.
    """

    def __init__(self, app: ASGIApp, *, log_queries: bool = False) -> None:
        self._app = app
        self._log_queries = log_queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrived = time.monotonic()
        state = scope.setdefault("state", {})
        state["arrived"] = arrived
        record, status = begin(""), _CLIENT_GONE

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            try:
                await send(message)
            except RuntimeError:  # of a transport that was closed meanwhile
                if not client.is_gone():
                    raise

        client = Client(state.get(HUNG_UP))
        with metrics.in_progress.track_inprogress(), tracing.request(scope) as span:
            try:
                with client:
                    await self._app(scope, receive, watched)
            except ClientDisconnect:
                pass  # in the middle of its body: nobody waits for an answer
            except Exception:
                status = 500  # which is answered outside of all middlewares
                raise
            finally:
                if client.hung_up:
                    status = _CLIENT_GONE
                record.request_id = state.get("request_id", "")
                self._report(record, scope, status, time.monotonic() - arrived)
                span.finish(record, _route(scope), status)

    def _report(self, record: Record, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], _route(scope)
        metrics.observe(record, method, route, status, seconds)
        if route not in _QUIET:
            log_request(record, method, route, status, seconds, queries=self._log_queries)


def _route(scope: Scope) -> str:
    """The template of the route that answered. An unknown path is the client's invention and makes no series."""
    return getattr(scope.get("route"), "path_format", UNKNOWN)
