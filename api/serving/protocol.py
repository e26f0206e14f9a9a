"""HTTP connections that cannot exhaust the process: bounded heads, bounded times, a bounded number.

All of this comes before the application sees a request, and so before its Host, key or rate: by itself Uvicorn's
protocol over httptools keeps whatever headers come, for as long as they come, on as many connections as there are.
"""

from __future__ import annotations

import asyncio
import select
from asyncio import TimerHandle
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.security.asgi import HUNG_UP, LOCAL, problem_body

if TYPE_CHECKING:
    import socket

HEAD_BYTES = 2**16  # of a request line and all headers; and what may come otherwise without a byte of a body
HEADERS = 128  # of one request
PIPELINED = 64  # requests that may wait behind another one on a connection
WRITE_SECONDS = 30.0  # in which a client must take something of what waits to be sent
LINGER_SECONDS = 2.0  # in which a client that is refused can read why

# What poll tells of a client that sends nothing any more; elsewhere than on Linux only of one that is gone altogether.
_HUNG_UP = getattr(select, "POLLRDHUP", 0)
_TOO_LARGE = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large"


class Connections:
    """The open connections of a process: `most` at once, each of which must send a request's head in `head_seconds`.

    Those that wait for a request make room for new ones. So whoever opens many connections and says nothing loses its
    own, the oldest first, and keeps nobody out.
    """

    def __init__(self, most: int, head_seconds: float) -> None:
        self.head_seconds = head_seconds
        self._most = most
        self._open: set[BoundedProtocol] = set()
        self._waiting: dict[BoundedProtocol, None] = {}  # in the order in which they began to

    def admit(self, connection: BoundedProtocol) -> bool:
        """Whether it may stay; if there are too many, the one that has waited longest is closed."""
        if len(self._open) >= self._most:
            oldest = next(iter(self._waiting), None)
            if oldest is None:
                return False
            self.forget(oldest)
            oldest.transport.abort()
        self._open.add(connection)
        self.waits(connection)
        return True

    def waits(self, connection: BoundedProtocol) -> None:
        """Whether it waits for a request, or for the rest of its head."""
        self._waiting.pop(connection, None)
        if connection in self._open:
            self._waiting[connection] = None

    def works(self, connection: BoundedProtocol) -> None:
        """Whether it has a request."""
        self._waiting.pop(connection, None)

    def forget(self, connection: BoundedProtocol) -> None:
        self._open.discard(connection)
        self._waiting.pop(connection, None)


class _Refused(Exception):
    """Ends the parsing: httptools turns it into an error of its own, upon which `send_400_response` is called."""


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which ends a connection that asks for too much or takes too long."""

    def __init__(self, connections: Connections, *, local: bool = False, **uvicorn: Any) -> None:
        """`local`: the connection came by the socket in the home, which only its owner can reach."""
        super().__init__(**uvicorn)
        self._bounded = connections
        self._local = local
        self._in_head = False
        self._head = 0  # bytes of the head, as far as its headers are complete
        self._quiet = 0  # bytes that came without completing a head or belonging to a body
        self._refusal: tuple[HTTPStatus, str, str] | None = None
        self._head_timer: TimerHandle | None = None
        self._write_timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._socket: socket.socket = transport.get_extra_info("socket")
        if self._bounded.admit(self):
            self._expect_head()
        else:
            detail = "The service has as many connections as it takes, and all are at work."
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", detail)

    def connection_lost(self, exc: Exception | None) -> None:
        self._bounded.forget(self)
        self._stop_head_timer()
        self._stop_write_timer()
        super().connection_lost(exc)
        self.pipeline.clear()

    def data_received(self, data: bytes) -> None:
        if self._is_refused() or self.transport.is_closing():
            return
        self._quiet += len(data)
        super().data_received(data)
        if self._is_refused():
            return
        if self._quiet > HEAD_BYTES:
            self._refuse(
                *_TOO_LARGE, f"More than {HEAD_BYTES:,} bytes came that neither complete a head nor belong to a body."
            )
        elif self._in_head or self._is_idle():
            self._expect_head()

    # What the parser finds.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        state = self.scope["state"]
        state[LOCAL], state[HUNG_UP] = self._local, self._has_hung_up
        self._in_head, self._quiet, self._head = True, 0, 0

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # a trailer, which has no meaning here, and must not become a header afterwards
        self._count_head(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= PIPELINED:
            self._refusal = HTTPStatus.BAD_REQUEST, "bad_request", "Too many requests wait behind an unanswered one."
            raise _Refused
        self._in_head, self._quiet = False, 0
        self._stop_head_timer()
        self._bounded.works(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._quiet = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_idle():
            self._bounded.waits(self)

    # What ends a connection.

    def send_400_response(self, msg: str) -> None:
        self._refuse(*(self._refusal or (HTTPStatus.BAD_REQUEST, "bad_request", msg)))

    def timeout_keep_alive_handler(self) -> None:
        self._close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_timer = self._write_timer or self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_write_timer()
        super().resume_writing()

    def _count_head(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_BYTES or len(self.headers) >= HEADERS:
            detail = f"The head of a request may have {HEAD_BYTES:,} bytes and {HEADERS} headers."
            self._refusal = (*_TOO_LARGE, detail)
            raise _Refused

    def _expect_head(self) -> None:
        self._head_timer = self._head_timer or self.loop.call_later(self._bounded.head_seconds, self._late)

    def _late(self) -> None:
        self._head_timer = None
        if not self._is_idle():
            self._expect_head()  # what was asked before is still being answered
        elif self._in_head:
            detail = f"The head of the request did not come within {self._bounded.head_seconds:g} seconds."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "head_timeout", detail)
        else:
            self._close()  # nothing was asked

    def _has_hung_up(self) -> bool:
        """Whether the client has gone. The system is asked: while nothing is read of a connection, as after a large
        body or where another request waits behind this one, asyncio does not see it.
        """
        asked = select.poll()
        try:
            asked.register(self._socket.fileno(), _HUNG_UP)
        except ValueError:  # it is closed
            return True
        return bool(asked.poll(0))

    def _is_refused(self) -> bool:
        """Whether the client was told that nothing more is read."""
        return self._refusal is not None

    def _is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Say why, unless another answer is on its way, and read nothing more.

        The connection stays open for a moment: with unread bytes it would be reset, and the answer lost with it.
        """
        self._refusal = status, code, detail
        if self.transport.is_closing():
            return
        if not self._is_idle():
            self._close()
            return
        body = problem_body(status, code, detail)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.write_eof()
        self._bounded.waits(self)
        self._stop_head_timer()
        self._end_in(LINGER_SECONDS)

    def _close(self) -> None:
        self.transport.close()
        self._end_in(LINGER_SECONDS)  # where the client does not take what it was sent

    def _end_in(self, seconds: float) -> None:
        self._stop_write_timer()
        self._write_timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
