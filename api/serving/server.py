"""Uvicorn, ended without losing a request.

Uvicorn closes idle connections as soon as it is asked to end. A client that sends its next request at that moment sees
a reset, though it did nothing wrong. So this server first takes what still waits to be accepted, stops accepting, and
then answers for a moment every request that comes on an open connection, telling the client to reconnect
(`Connection: close`, RFC 9112, 9.6).
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.security.asgi import refuse
from api.serving.protocol import BoundedProtocol, Connections
from api.settings import ServeSettings
from engine.config_file import load

if TYPE_CHECKING:
    from types import FrameType

GRACE = 30  # seconds that a shutdown waits for running requests
DRAIN = 1.0  # seconds in which open connections may bring one more request
BACKLOG = 2048  # connections that may wait to be accepted
_AT_ONCE = 2  # asyncio accepts one more per wake-up: a worker must not take all that wait while others are idle


def listen(host: str, port: int) -> socket.socket:
    """A socket on which connections wait from now on instead of being refused. OSError if the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.create_server((host, port), family=family, backlog=BACKLOG)
    # Rebuilt from its descriptor it knows its protocol, without which asyncio leaves TCP_NODELAY off, and each answer
    # on a connection that was kept waits 40 ms for an acknowledgement.
    return socket.socket(fileno=bound.detach())


def address_of(listening: socket.socket) -> str:
    """The URL under which it is reached."""
    address, port = listening.getsockname()[:2]
    return f"http://{f'[{address}]' if ':' in address else address}:{port}"


class Server(uvicorn.Server):
    """Serves an application until SIGTERM or SIGINT; a second one ends the process at once.

    `interrupt` is called first, so that long jobs end and those who follow them do not keep the server waiting.
    """

    def __init__(
        self,
        app: ASGIApp,
        listening: socket.socket,
        interrupt: Callable[[], None],
        settings: ServeSettings | None = None,
        *,
        local: socket.socket | None = None,
    ) -> None:
        """`local` is the socket in the home (api/local_socket.py)."""
        settings = settings or load(ServeSettings)
        connections = Connections(settings.connections, settings.head_seconds)
        self._connections = connections
        self._listening = listening
        self._local = local
        self._interrupt = interrupt
        self._draining = False
        super().__init__(
            uvicorn.Config(
                self._closing(app),
                log_config=None,
                access_log=False,
                server_header=False,
                http=partial(BoundedProtocol, connections),  # type: ignore[arg-type]  # it is only called
                ws="none",
                proxy_headers=bool(settings.proxies),
                forwarded_allow_ips=list(settings.proxies),
                backlog=_AT_ONCE,
                timeout_graceful_shutdown=GRACE,
            )
        )

    def run_here(self) -> None:
        """Serve until asked to end."""
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        self.run(sockets=[self._listening])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Replace the base class's handler, which ends the process by the signal: ending when asked is no failure."""
        if self.should_exit:
            os._exit(128 + sig)  # nothing stored is lost: that is the store's business, not ours
        self._interrupt()
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._local is not None:
            loop = asyncio.get_running_loop()
            self.servers.append(await loop.create_unix_server(self._local_protocol, sock=self._local, backlog=_AT_ONCE))
        for listening in self._sockets:
            listening.listen(BACKLOG)  # asyncio has set it to what is accepted at once

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._draining = True
        until = time.monotonic() + DRAIN
        while _somebody_waits(self._sockets) and time.monotonic() < until:
            await asyncio.sleep(0.001)
        for server in self.servers:
            server.close()
        while self.server_state.connections and time.monotonic() < until:
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)

    @property
    def _sockets(self) -> list[socket.socket]:
        return [self._listening] if self._local is None else [self._listening, self._local]

    def _local_protocol(self) -> BoundedProtocol:
        """Uvicorn makes one for each connection of its own sockets; these are told apart by who made them."""
        return BoundedProtocol(
            self._connections,
            local=True,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )

    def _closing(self, app: ASGIApp) -> ASGIApp:
        async def closing(scope: Scope, receive: Receive, send: Send) -> None:
            started = False

            async def watched_send(message: Message) -> None:
                nonlocal started
                if message["type"] == "http.response.start":
                    started = True
                    if self._draining:
                        MutableHeaders(scope=message)["connection"] = "close"
                await send(message)

            try:
                await app(scope, receive, watched_send)
            except asyncio.CancelledError:  # the grace is over: Uvicorn would answer 500
                if started or not self._draining:
                    raise
                detail = "The service is shutting down and could not finish the request."
                await refuse(scope, watched_send, 503, "shutting_down", detail, [(b"retry-after", b"1")])

        return closing


def end_with_parent(server: Server) -> None:
    """Blocks until stdin is closed, which says that the parent has died, and then ends the server."""
    while os.read(0, 1024):
        pass
    server.handle_exit(signal.SIGTERM, None)


def _somebody_waits(listening: list[socket.socket]) -> bool:
    return bool(select.select(listening, [], [], 0)[0])
