"""The ASGI middlewares, driven directly: hosts, origins, bodies, time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, cast

import pytest

from api.security.asgi import App, Message, Receive, Scope, Send
from api.security.bodies import BodyLimit
from api.security.hosts import HostCheck, host_allowed, host_name
from api.security.times import TimeLimit


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


async def swallowing(scope: Scope, receive: Receive, send: Send) -> None:
    """Makes an answer of its own of whatever goes wrong, as frameworks do."""
    try:
        await echo(scope, receive, send)
    except Exception:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"oops"})


def call(app: App, headers: dict[str, str] | None = None, body: Sequence[bytes] = (b"",)) -> tuple[int, bytes]:
    sent: list[Message] = []
    parts = [
        {"type": "http.request", "body": part, "more_body": number < len(body) - 1} for number, part in enumerate(body)
    ]

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    fields = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    scope: dict[str, Any] = {"type": "http", "path": "/v1/search", "scheme": "http", "headers": fields}
    asyncio.run(cast(Any, app(scope, receive, send)))
    assert [message["type"] for message in sent].count("http.response.start") == 1
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:80", "[::1]:8000", "LOCALHOST", "localhost.", "localhost:", "[0:0::1]"],
)
def test_our_own_hosts(host: str) -> None:
    assert call(HostCheck(echo), {"host": host})[0] == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil.example:8000", "", "localhost@evil.example", "evil.example@localhost",
     "localhost/evil", "localhost:abc", "[::1", "localhost#", "a b", "127.0.0.1.nip.io", "localhost, evil.example",
     "[::1].evil", "[::1]evil", "[::1]evil:80", "[::1]:80.evil", "[::1]@evil", "[localhost]", "[127.0.0.1]", "::1",
     "[::1%lo]", "[]", "[:::1]", "localhost:99999", "localhost..", "localhost:80:80", "localhost\n"],
)  # fmt: skip
def test_other_hosts(host: str) -> None:
    status, body = call(HostCheck(echo), {"host": host})
    assert status == 400 and json.loads(body)["code"] == "unknown_host"


def test_no_host_at_all() -> None:
    assert call(HostCheck(echo), {})[0] == 400


def test_named_hosts() -> None:
    assert host_allowed("search.example:443", ["search.example"]) and not host_allowed(
        "a.search.example", ["search.example"]
    )
    assert host_allowed("whatever", ["*"]) and not host_allowed("a@b", ["*"])
    assert host_name("[FE80::1]:1") == "fe80::1"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8000", 200),
        ("https://localhost:8000", 200),
        ("https://app.example", 200),
        ("http://localhost:9000", 403),
        ("http://localhost", 403),
        ("http://evil.example", 403),
        ("https://app.example.evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_origins(origin: str, status: int) -> None:
    checked = HostCheck(echo, origins=["https://app.example"])
    assert call(checked, {"host": "localhost:8000", "origin": origin})[0] == status


@pytest.mark.parametrize("app", [echo, swallowing])
def test_bodies_are_counted_as_they_arrive(app: App) -> None:
    limited = BodyLimit(app, lambda path: 10)
    assert call(limited, body=[b"12345", b"67890"]) == (200, b"10")
    for headers in ({}, {"content-length": "3"}):  # what it promises does not matter
        status, body = call(limited, headers, [b"12345", b"67890", b"1"])
        assert status == 413 and json.loads(body)["code"] == "too_large"


@pytest.mark.parametrize("promised", ["11", "-1", "1e9", "٣", "9" * 5000, ""])
def test_a_promise_that_is_too_large_or_none_is_refused_unread(promised: str) -> None:
    if not promised.isascii():
        promised = promised.encode().decode("latin-1")
    assert call(BodyLimit(echo, lambda path: 10), {"content-length": promised})[0] == 413


def test_other_errors_pass_through_the_body_limit() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        call(BodyLimit(broken, lambda path: 10))


def test_time() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(5)

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"late, but begun in time"})

    status, body = call(TimeLimit(slow, lambda path: 0.03))
    assert status == 503 and json.loads(body)["code"] == "request_timeout"
    assert call(TimeLimit(streaming, lambda path: 0.03)) == (200, b"late, but begun in time")


def test_a_timeout_of_the_application_is_its_own() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError("a database")

    with pytest.raises(TimeoutError, match="database"):
        call(TimeLimit(failing, lambda path: 5))
