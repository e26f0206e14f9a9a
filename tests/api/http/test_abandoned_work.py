"""Work for a client that has left, or whose time is over, ends at its next checkpoint, whichever operation it is for."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from api.mcp.files import AllowedFiles
from api.mcp.server import create_server, http_app
from api.security.keys import KeyStore
from api.service.service import Service
from api.serving.app import create_app
from api.serving.server import Server, listen
from api.settings import ServeSettings
from engine.awaited import check_awaited
from engine.errors import Abandoned, CollectionNotFound

PATIENCE = 60.0
FORM = b'--x\r\ncontent-disposition: form-data; name="%b"\r\n\r\n%b\r\n'
FILE = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.md"\r\n\r\n%b\r\n--x--\r\n'
LARGE = b"The ferry leaves at six. " * 20_000  # more than Uvicorn reads at once: nothing is read of it afterwards


def by_json(**body: Any) -> tuple[str, bytes]:
    return "application/json", json.dumps(body).encode()


def by_form(field: bytes, content: bytes) -> tuple[str, bytes]:
    return "multipart/form-data; boundary=x", FORM % (field, b"ferry") + FILE % content


NO_BODY = ("text/plain", b"")
OPERATIONS: dict[str, tuple[str, tuple[str, bytes]]] = {
    "rerank": ("POST /v1/rerank", by_json(query="x", documents=["a text"])),
    "rerank v2": ("POST /v2/rerank", by_json(query="x", documents=["a text"])),
    "embed": ("POST /v1/embeddings", by_json(model="bundled", input=["a text"])),
    "search": ("POST /v1/collections/notes/search", by_json(query="river")),
    "search by get": ("GET /v1/collections/notes/search?query=river", NO_BODY),
    "a stream": ("POST /v1/collections/notes/search", by_json(query="river", stream=True)),
    "several": ("POST /v1/search", by_json(query="river", collections=["notes", "others"])),
    "a document": ("POST /v1/documents/search", by_json(query="ferry", text="The ferry leaves at six.")),
    "a long document": ("POST /v1/documents/search", by_json(query="ferry", text=LARGE.decode())),
    "a kept document": ("POST /v1/documents/search", by_json(query="ferry", text="The ferry.", keep=True)),
    "a file": ("POST /v1/documents/search/file", by_form(b"query", b"The ferry leaves at six.")),
    "a large file": ("POST /v1/documents/search/file", by_form(b"query", LARGE)),
    "the page": ("GET /collections/notes?q=river", NO_BODY),
    "the page over all": ("GET /search?q=river&in=notes&in=others", NO_BODY),
    "the page of a file": ("POST /document", by_form(b"q", b"The ferry leaves at six.")),
    "a job that is waited for": (
        "POST /v1/collections/notes/documents?wait=true",
        by_json(documents=[{"id": "a", "text": "a text"}]),
    ),
}


class Endless:
    """Work that would never end by itself, in the place of all that computes."""

    def __init__(self) -> None:
        self.begun, self.ended, self.running = threading.Event(), threading.Event(), 0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.begun.set()
        self.running += 1
        until = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < until:
                check_awaited()
                time.sleep(0.01)
        except Abandoned:
            self.ended.set()
            raise
        raise AssertionError("nobody ended it")


@pytest.fixture
def endless(service: Service, monkeypatch: pytest.MonkeyPatch) -> Endless:
    work = Endless()
    monkeypatch.setattr(service.models, "rerank", work)
    monkeypatch.setattr(service.models, "embed", work)
    monkeypatch.setattr("engine.query.pipeline.Searcher.search", work)
    monkeypatch.setattr("engine.query.pipeline.Searcher.search_in_stages", work)
    monkeypatch.setattr("api.service.in_document.index_source", work)
    monkeypatch.setattr(service.jobs, "wait", work)
    return work


@contextmanager
def serving(app: Starlette) -> Iterator[int]:
    """The application behind Winnow's own server, and its port."""
    listening = listen("127.0.0.1", 0)
    server = Server(app, listening, lambda: None, ServeSettings())
    thread = threading.Thread(target=server.run_here)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def port(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(service, "close", lambda: None)  # it serves other tests, too
    with serving(create_app(service, ServeSettings())) as port:
        yield port


def raw(operation: str, content_type: str, body: bytes) -> bytes:
    head = f"{operation} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def leave_once(begun: threading.Event, port: int, request: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        assert begun.wait(PATIENCE)


@pytest.mark.parametrize("name", OPERATIONS)
def test_it_ends_with_its_client(port: int, endless: Endless, name: str, caplog: pytest.LogCaptureFixture) -> None:
    operation, (content_type, body) = OPERATIONS[name]
    with caplog.at_level("INFO", "winnow.access"):
        leave_once(endless.begun, port, raw(operation, content_type, body))
        assert endless.ended.wait(PATIENCE)
        until = time.monotonic() + PATIENCE
        while " 499 " not in caplog.text and time.monotonic() < until:
            time.sleep(0.01)
    assert " 499 " in caplog.text
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def test_it_ends_although_another_request_waits_behind_it(port: int, endless: Endless) -> None:
    """Nothing is read of a connection then, so that asyncio does not see its end."""
    request = raw("POST /v1/documents/search", *by_json(query="ferry", text="The ferry leaves at six."))
    leave_once(endless.begun, port, request + request)
    assert endless.ended.wait(PATIENCE)


def test_what_waits_for_a_thread_is_not_begun(
    service: Service, endless: Endless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "close", lambda: None)
    request = raw("POST /v1/documents/search", *by_json(query="ferry", text="The ferry leaves at six."))
    with serving(create_app(service, ServeSettings(), threads=1)) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as first:
            first.sendall(request)
            assert endless.begun.wait(PATIENCE)
            for _ in range(5):
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as other:
                    other.sendall(request)
            assert httpx.get(f"http://localhost:{port}/docs/errors").status_code == 200  # they have been read by then
        assert endless.ended.wait(PATIENCE)
        assert httpx.get(f"http://localhost:{port}/docs", timeout=PATIENCE).status_code == 200  # it had to wait, too
    assert endless.running == 1


def test_a_client_who_waits_has_his_answer_when_others_leave(port: int, service: Service) -> None:
    """Two ask the same kept document; one leaves."""
    address = f"http://localhost:{port}/v1/documents/search"
    kept = httpx.post(address, json={"query": "ferry", "text": "The ferry leaves at six.", "keep": True}).json()
    begun, go_on, results = threading.Event(), threading.Event(), list[int]()
    from engine.query.pipeline import Searcher

    search = Searcher.search

    def slow(searcher: Searcher, request: Any) -> Any:
        begun.set()
        assert go_on.wait(PATIENCE)
        check_awaited()
        return search(searcher, request)

    question = {"query": "when", "handle": kept["handle"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Searcher, "search", slow)
        waiting = threading.Thread(
            target=lambda: results.append(httpx.post(address, json=question, timeout=PATIENCE).status_code)
        )
        waiting.start()
        leave_once(begun, port, raw("POST /v1/documents/search", *by_json(**question)))
        go_on.set()
        waiting.join(PATIENCE)
    assert results == [200]
    assert httpx.post(address, json=question).status_code == 200


def test_a_document_that_nobody_will_ask_about_is_not_kept(port: int, service: Service, endless: Endless) -> None:
    folder = service.in_document._kept._directory
    before = set(folder.iterdir())
    operation, (content_type, body) = OPERATIONS["a kept document"]
    leave_once(endless.begun, port, raw(operation, content_type, body))
    assert endless.ended.wait(PATIENCE)
    until = time.monotonic() + PATIENCE
    while set(folder.iterdir()) != before and time.monotonic() < until:
        time.sleep(0.01)
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize("name", ["rerank", "embed", "search", "a document", "a file", "the page"])
def test_it_ends_with_its_time(service: Service, endless: Endless, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "close", lambda: None)
    operation, (content_type, body) = OPERATIONS[name]
    method, _, path = operation.partition(" ")
    with serving(create_app(service, ServeSettings(request_seconds=0.5))) as port:
        answer = httpx.request(
            method, f"http://localhost:{port}{path}", content=body, headers={"content-type": content_type}
        )
        assert answer.status_code == 503 and "request_timeout" in answer.text
        assert endless.ended.wait(PATIENCE)


def ask_agent_tool(port: int, begun: threading.Event) -> None:
    call = {
        "jsonrpc": "2.0",
        "id": 7,
        "method": "tools/call",
        "params": {"name": "search_in_document", "arguments": {"query": "ferry", "text": "The ferry leaves at six."}},
    }
    headers = agent_headers(port)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = json.dumps(call).encode()
    request = f"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{head}content-length: {len(body)}\r\n\r\n".encode()
    leave_once(begun, port, request + body)


def agent_headers(port: int) -> dict[str, str]:
    """Those of a session that has begun."""
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    begin = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
    answer = httpx.post(f"http://127.0.0.1:{port}/mcp", json=begin, headers=headers)
    return headers | {"mcp-session-id": answer.headers["mcp-session-id"]}


@pytest.fixture
def agents(service: Service, tmp_path: Any) -> Iterator[int]:
    app = http_app(create_server(service, AllowedFiles([])), KeyStore(tmp_path))
    with serving(app) as port:
        yield port


def test_an_agent_s_call_ends_with_its_connection(agents: int, endless: Endless) -> None:
    ask_agent_tool(agents, endless.begun)
    assert endless.ended.wait(PATIENCE)


def test_an_agent_s_call_ends_when_it_is_cancelled(agents: int, endless: Endless) -> None:
    address, headers = f"http://127.0.0.1:{agents}/mcp", agent_headers(agents)
    call = {"name": "search_in_document", "arguments": {"query": "ferry", "text": "The ferry leaves at six."}}
    asked = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": call}
    asking = threading.Thread(target=partial(httpx.post, address, json=asked, headers=headers, timeout=PATIENCE))
    asking.start()
    assert endless.begun.wait(PATIENCE)
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    assert httpx.post(address, json=cancel, headers=headers).status_code == 202
    assert endless.ended.wait(PATIENCE)
    asking.join(PATIENCE)


def test_an_agent_s_errors_are_told_as_before(agents: int, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*arguments: Any, **named: Any) -> Any:
        raise CollectionNotFound("There is none.", "Make one.")

    monkeypatch.setattr(service.in_document, "search", raises)
    call = {"name": "search_in_document", "arguments": {"query": "ferry", "text": "The ferry leaves at six."}}
    asked = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": call}
    answer = httpx.post(f"http://127.0.0.1:{agents}/mcp", json=asked, headers=agent_headers(agents))
    assert "There is none. Make one. (collection_not_found)" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/rerank",
        "/v2/rerank",
        "/v1/embeddings",
        "/v1/documents/search",
        "/v1/collections/none/search",
    ],
)
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
