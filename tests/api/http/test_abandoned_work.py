"""Reranking and embedding end when their client has gone, or when their time is over."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import MutableMapping
from typing import Any

import numpy as np
import pytest

from api.service.service import Service
from api.serving.app import create_app
from api.settings import ServeSettings

PARTS = 20
CALLS = {
    "/v1/rerank": {"query": "x", "documents": ["a text"] * 32 * PARTS},
    "/v2/rerank": {"query": "x", "documents": [{"text": "a text"}] * 32 * PARTS},
    "/v1/embeddings": {"model": "bundled", "input": ["a text"] * 32 * PARTS},
}


class Slow:
    """Both kinds of model; each part of the work waits until `go_on` is set."""

    dimension = 1

    def __init__(self) -> None:
        self.parts = 0
        self.begun, self.go_on = threading.Event(), threading.Event()

    def encode(self, texts: list[str], *, role: str = "document") -> np.ndarray:
        self.parts += 1
        self.begun.set()
        assert self.go_on.wait(60)
        return np.zeros((len(texts), 1), np.float32)

    def score(self, query: str, passages: list[Any]) -> np.ndarray:
        return self.encode(passages)[:, 0]


@pytest.fixture
def slow(service: Service, monkeypatch: pytest.MonkeyPatch) -> Slow:
    slow = Slow()
    monkeypatch.setattr(service.models, "encoder", lambda name: slow)
    monkeypatch.setattr(service.models, "reranker", lambda name: slow)
    return slow


async def ask(service: Service, slow: Slow, path: str, *, leaves: bool, seconds: float) -> list[int]:
    """The statuses of what is answered to a client that hangs up, or waits, once the work has begun."""
    body = json.dumps(CALLS[path]).encode()
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": headers, "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1),
             "server": ("localhost", 80), "root_path": "", "state": {}}  # fmt: skip
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    statuses: list[int] = []

    async def receive() -> MutableMapping[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.to_thread(slow.begun.wait, 60)
        if not leaves:
            await asyncio.sleep(3600)
        asyncio.get_running_loop().call_later(0.2, slow.go_on.set)  # the service has seen by then that we are gone
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await create_app(service, ServeSettings(request_seconds=seconds))(scope, receive, send)
    return statuses


@pytest.mark.parametrize("path", CALLS)
def test_it_ends_with_its_client(service: Service, slow: Slow, path: str) -> None:
    asyncio.run(ask(service, slow, path, leaves=True, seconds=60.0))
    assert slow.parts == 1


@pytest.mark.parametrize("path", CALLS)
def test_it_ends_with_its_time(service: Service, slow: Slow, path: str) -> None:
    assert asyncio.run(ask(service, slow, path, leaves=False, seconds=0.5)) == [503]
    slow.go_on.set()
    time.sleep(0.2)  # in which the thread would do all the other parts
    assert slow.parts <= 1


@pytest.mark.parametrize("path", [*CALLS, "/v1/documents/search", "/v1/collections/none/search"])
def test_who_leaves_in_the_middle_of_a_body_makes_no_error(
    service: Service, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"content-length", b"100")]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": headers, "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1),
             "server": ("localhost", 80), "root_path": "", "state": {}}  # fmt: skip
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": b'{"query"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    with caplog.at_level("INFO", "winnow.access"):
        asyncio.run(create_app(service, ServeSettings())(scope, receive, send))

    assert not sent
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert " 499 " in caplog.text
