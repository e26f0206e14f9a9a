"""Connections that ask for too much: what they send is bounded, and they keep nobody else out."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from api.serving import protocol
from api.serving.protocol import HEAD_BYTES, HEADERS, PIPELINED
from api.serving.server import Server, listen
from api.settings import ServeSettings

PATIENCE = 60.0  # seconds that a test waits for what should come at once
Start = Callable[..., "Running"]


class Running:
    """A server in a thread. `/` says who asks, and how long the body and how many the headers were; `/wait` waits."""

    def __init__(self, **settings: object) -> None:
        listening = listen("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        self.go_on = threading.Event()
        routes = [Route("/", self._about, methods=["GET", "POST"]), Route("/wait", self._wait)]
        self.server = Server(Starlette(routes=routes), listening, lambda: None, ServeSettings.model_validate(settings))
        self.thread = threading.Thread(target=self.server.run_here)
        self.thread.start()

    async def _about(self, request: Request) -> JSONResponse:
        size = len(await request.body())
        client = request.client.host if request.client else ""
        return JSONResponse({"client": client, "body": size, "headers": len(request.headers.items())})

    def _wait(self, request: Request) -> PlainTextResponse:
        assert self.go_on.wait(PATIENCE)
        return PlainTextResponse("done")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def asked(self, data: bytes) -> bytes:
        """All that comes until the server closes the connection."""
        with self.connect() as connection:
            sending = threading.Thread(target=_send, args=(connection, data))
            sending.start()
            answer = rest(connection)
            sending.join(PATIENCE)
        return answer


def _send(connection: socket.socket, data: bytes) -> None:
    with suppress(OSError):  # the server may have closed it
        connection.sendall(data)


def rest(connection: socket.socket) -> bytes:
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def code_of(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body).get("code", "")


def get(*headers: str, path: str = "/") -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def started(**settings: object) -> Running:
            running = Running(**settings)

            def end() -> None:
                running.go_on.set()
                running.server.should_exit = True
                running.thread.join(PATIENCE)
                assert not running.thread.is_alive()

            stack.callback(end)
            return running

        yield started


CLOSE = "Connection: close"


def test_what_is_within_the_bounds_is_served(start: Start) -> None:
    running = start()
    for headers in ([CLOSE, "X-A: " + "a" * (HEAD_BYTES - 200)], [CLOSE, *["A: b"] * (HEADERS - 2)]):
        answer = running.asked(get(*headers))
        assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
    assert running.asked(get(CLOSE, path="/?" + "a" * (HEAD_BYTES - 200))).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "data",
    [
        get("X-A: " + "a" * HEAD_BYTES),
        get("X-A: " + "a" * 10_000_000),
        get(*["A: b"] * HEADERS),
        get(*["A: bcdefgh"] * 500_000),
        get(path="/" + "a" * HEAD_BYTES),
        b"GET /" + b"a" * 10_000_000,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 10_000_000,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A" * 10_000_000,
        b"\r\n" * 5_000_000,
    ],
    ids=["a header", "a long header", "many headers", "very many", "a path", "an endless path", "an endless header",
         "an endless name", "empty lines"],
)  # fmt: skip
def test_a_head_that_is_too_large(start: Start, data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert code_of(start().asked(data)) == (431, "head_too_large")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_head_is_refused_once_however_much_of_it_came_at_once(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[bytes] = []

    class Transport(asyncio.Transport):
        def write(self, data: object) -> None:
            assert isinstance(data, bytes)
            sent.append(data)

        def write_eof(self) -> None:
            pass

        def close(self) -> None:
            pass

        def is_closing(self) -> bool:
            return False

    async def receive() -> None:
        config = uvicorn.Config(Starlette(), lifespan="off")
        config.load()
        connections = protocol.Connections(10, PATIENCE)
        one = protocol.BoundedProtocol(connections, config=config, server_state=ServerState(), app_state={})
        one.connection_made(Transport())
        head = get(*["X-A: " + "a" * 1000] * 3 * (HEAD_BYTES // 1000))
        one.data_received(head[:100])
        one.data_received(head[100:])
        one.connection_lost(None)

    asyncio.run(receive())
    assert [code_of(answer) for answer in sent] == [(431, "head_too_large")]


def test_nothing_is_kept_of_what_is_too_large(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []
    lost = protocol.BoundedProtocol.connection_lost

    def noted(self: protocol.BoundedProtocol, error: Exception | None) -> None:
        kept.append(sum(len(name) + len(value) for name, value in self.headers or ()))
        lost(self, error)

    monkeypatch.setattr(protocol.BoundedProtocol, "connection_lost", noted)
    running = start()
    running.asked(get(*["A: bcdefgh"] * 500_000))
    running.server.should_exit = True
    running.thread.join(PATIENCE)
    assert max(kept) <= HEAD_BYTES


CHUNKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"


def test_chunks_and_their_trailers(start: Start) -> None:
    running = start()
    answer = running.asked(CHUNKED + b"2;name=value\r\n{}\r\n" * 20_000 + b"0\r\nX-Api-Key: a\r\nX-B: c\r\n\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"client": "127.0.0.1", "body": 40_000, "headers": 3}
    for endless in (
        b"2;" + b"a" * 10**6,
        b"2\r\n{}\r\n0\r\nX: " + b"a" * 10**6,
        b"2\r\n{}\r\n0\r\n" + b"A: b\r\n" * 10**5,
    ):
        assert b"200 OK" not in running.asked(CHUNKED + endless)


def test_a_head_that_does_not_come(start: Start) -> None:
    running = start(head_seconds=0.2)
    assert code_of(running.asked(b"GET / HTTP/1.1\r\nHost: local")) == (408, "head_timeout")
    assert running.asked(b"") == b""  # nothing was asked, and nothing is answered
    with running.connect() as connection:
        connection.sendall(get())
        assert b"200 OK" in connection.recv(65536)
        connection.sendall(b"GET / HT")  # the next one on the same connection
        assert code_of(rest(connection)) == (408, "head_timeout")


def test_an_answer_takes_as_long_as_it_takes(start: Start) -> None:
    running = start(head_seconds=0.2)
    with running.connect() as connection:
        connection.sendall(get(path="/wait") + b"GET / HTTP")  # half of another request waits behind
        connection.settimeout(1.0)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        running.go_on.set()
        connection.settimeout(PATIENCE)
        assert rest(connection).count(b"200 OK") == 1


def test_silent_connections_make_room(start: Start) -> None:
    running = start(connections=8, head_seconds=PATIENCE)
    silent = [running.connect() for _ in range(50)]
    half = [running.connect() for _ in range(50)]
    for connection in half:
        _send(connection, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
    for _ in range(3):
        assert running.asked(get(CLOSE)).startswith(b"HTTP/1.1 200")
    for connection in silent:  # the oldest were closed first
        assert rest(connection) == b""
        connection.close()
    for connection in half:
        connection.close()


def test_those_at_work_are_not_closed_for_others(start: Start) -> None:
    running = start(connections=3)
    working = [running.connect() for _ in range(3)]
    for connection in working:
        connection.sendall(get(CLOSE, path="/wait"))
    threading.Event().wait(0.5)  # all three are at work by then, or the next assertion says so
    assert code_of(running.asked(get(CLOSE))) == (503, "overloaded")
    running.go_on.set()
    for connection in working:
        assert rest(connection).endswith(b"done")
        connection.close()
    assert running.asked(get(CLOSE)).startswith(b"HTTP/1.1 200")


def test_a_connection_is_used_again_and_requests_may_follow_closely(start: Start) -> None:
    running = start()
    with running.connect() as connection:
        for _ in range(3):
            connection.sendall(get())
            assert b"200 OK" in connection.recv(65536)
    assert running.asked(get() * 9 + get(CLOSE)).count(b"200 OK") == 10
    assert running.asked(get(path="/wait") + get() * (PIPELINED + 5)) == b""


@pytest.mark.parametrize(
    ("settings", "client"),
    [({}, "127.0.0.1"), ({"proxies": "10.0.0.0/8"}, "127.0.0.1"), ({"proxies": "127.0.0.1, 10.0.0.1"}, "192.0.2.9")],
)
def test_who_asks_is_said_by_trusted_proxies_only(start: Start, settings: dict[str, str], client: str) -> None:
    answer = start(**settings).asked(get(CLOSE, "X-Forwarded-For: 192.0.2.9"))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["client"] == client
