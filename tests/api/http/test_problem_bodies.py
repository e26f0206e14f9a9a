"""Every body that tells of an error is what the OpenAPI document says of it, member by member, whoever writes it."""

from __future__ import annotations

import inspect
import json
import socket
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from api.client import calls
from api.client.errors import ApiError
from api.http import problems
from api.mcp.files import AllowedFiles
from api.mcp.server import create_server, http_app
from api.security.asgi import problem_body
from api.security.keys import KeyStore
from api.service.service import Service
from api.serving.app import create_app
from api.settings import ServeSettings
from engine.errors import WinnowError
from engine.query.pipeline import Searcher
from tests.api.http.conftest import ADDRESS
from tests.api.http.test_abandoned_work import PATIENCE, serving
from tests.api.http.test_problems import all_errors

TYPES = {"string": "str", "integer": "int", "array": "list", "object": "dict"}


def check(body: Any, schema: Any, schemas: Mapping[str, Any]) -> None:
    """No member is missing, none is unknown, and each is of its type."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    assert type(body).__name__ == TYPES[schema["type"]], (body, schema)
    if schema["type"] == "object":
        assert set(body) == set(schema["properties"]) == set(schema["required"])
        for name, part in schema["properties"].items():
            check(body[name], part, schemas)
    if schema["type"] == "array":
        for item in body:
            check(item, schema["items"], schemas)


@pytest.fixture(scope="module")
def opened(service: Service) -> Iterator[TestClient]:
    settings = ServeSettings(body_bytes=1000, hits=20, rate=1e6, burst=1000000)
    with TestClient(create_app(service, settings), ADDRESS, raise_server_exceptions=False) as client:
        yield client


@cache
def schemas_of(client: TestClient) -> Mapping[str, Any]:
    schemas: Mapping[str, Any] = client.get("/openapi.json").json()["components"]["schemas"]
    return schemas


def is_problem(body: Any, schemas: Mapping[str, Any]) -> str:
    """The code of a body that is what the document says."""
    check(body, schemas["Problem"], schemas)
    assert body["message"] == f"{body['detail']} {body['remedy']}".strip()
    return str(body["code"])


REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("not_found", {"url": "/nowhere"}),
    ("method_not_allowed", {"url": "/v1/models", "method": "PUT"}),
    ("invalid_request", {"url": "/v1/collections?limitt=3"}),
    ("invalid_request", {"url": "/v1/search", "method": "POST", "content": b"{"}),
    ("invalid_request", {"url": "/v1/search", "method": "POST", "json": {"query": "x", "colections": []}}),
    ("invalid_request", {"url": "/v1/documents/search/file", "method": "POST", "data": {"query": "x"}}),
    ("collection_not_found", {"url": "/v1/collections/none/search?query=x"}),
    ("document_not_found", {"url": "/v1/collections/notes/documents/none"}),
    ("job_not_found", {"url": "/v1/jobs/none"}),
    ("model_not_found", {"url": "/v1/models/none"}),
    ("invalid_filter", {"url": "/v1/collections/notes/search?query=x&filter=%21"}),
    ("invalid_cursor", {"url": "/v1/collections/notes/search?query=&cursor=x"}),
    ("usage", {"url": "/v1/collections/notes/search?query=x&k=50"}),
    ("too_large", {"url": "/v1/search", "method": "POST", "content": b" " * 2000}),
    ("unknown_host", {"url": "/v1/models", "headers": {"host": "elsewhere.example"}}),
    ("unknown_origin", {"url": "/v1/models", "method": "POST", "headers": {"origin": "http://elsewhere.example"}}),
    ("parse_failed", {"url": "/v1/documents/search", "method": "POST", "json": {"query": "x", "text": " "}}),
]


@pytest.mark.parametrize(("code", "request_"), REQUESTS, ids=[f"{code}-{at}" for at, (code, _) in enumerate(REQUESTS)])
def test_answers_to_requests(opened: TestClient, code: str, request_: dict[str, Any]) -> None:
    answer = opened.request(**{"method": "GET"} | request_)
    assert answer.headers["content-type"] == "application/problem+json"
    assert is_problem(answer.json(), schemas_of(opened)) == code


@pytest.mark.parametrize("kind", sorted(all_errors(), key=str))
def test_every_error_of_ours(
    opened: TestClient, service: Service, kind: type[WinnowError], monkeypatch: pytest.MonkeyPatch
) -> None:
    timed: dict[str, Any] = {"retry_after": 3.0} if "retry_after" in inspect.signature(kind.__init__).parameters else {}

    def raises(*arguments: Any, **named: Any) -> Any:
        raise kind("It is wrong.", "Make it right.", **timed)

    monkeypatch.setattr(service.collections, "all", raises)
    monkeypatch.setattr("engine.query.pipeline.Searcher.search_in_stages", ends_with(kind("It is wrong.", **timed)))
    schemas = schemas_of(opened)
    answer = opened.get("/v1/collections")
    assert is_problem(answer.json(), schemas) == kind.code and answer.status_code == problems.STATUS[kind.code]
    with pytest.raises(ApiError) as told:
        calls.list_collections().read(answer.status_code, answer.headers, answer.content)
    assert (told.value.code, told.value.detail) == (kind.code, "It is wrong.")
    stream = opened.post("/v1/collections/notes/search", json={"query": "river", "stream": True})
    *_, event, data, _, _ = stream.text.split("\n")
    assert event == "event: error" and is_problem(json.loads(data.removeprefix("data: ")), schemas) == kind.code


def ends_with(error: WinnowError) -> Any:
    """A search that fails after its first answer."""
    stages = Searcher.search_in_stages

    def failing(searcher: Searcher, request: Any) -> Any:
        yield next(stages(searcher, request))
        raise error

    return failing


def test_what_nobody_foresaw(opened: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.collections, "all", lambda: 1 / 0)
    assert is_problem(opened.get("/v1/collections").json(), schemas_of(opened)) == "error"


def test_keys(tmp_path: Path) -> None:
    service = Service(tmp_path)
    keys = KeyStore(tmp_path)
    _, secret = keys.create("narrow", collections=["notes"])
    with TestClient(create_app(service, ServeSettings(rate=0.001, burst=2)), ADDRESS) as client:
        schemas = client.app.openapi()["components"]["schemas"]  # type: ignore[attr-defined]
        known = {"authorization": f"Bearer {secret}"}
        asked = [("/v1/models", {}), ("/v1/collections/others", known), ("/v1/models", known), ("/v1/models", known)]
        answers = [client.get(path, headers=headers) for path, headers in asked]
        codes = [answer.status_code == 200 or is_problem(answer.json(), schemas) for answer in answers]
    assert codes == ["unauthenticated", "forbidden", True, "rate_limited"]


def test_agents_are_told_the_same_of_keys(tmp_path: Path, opened: TestClient) -> None:
    _, narrow = KeyStore(tmp_path).create("narrow", collections=["notes"])
    schemas = schemas_of(opened)
    with Service(tmp_path) as service:
        app: Any = http_app(create_server(service, AllowedFiles([])), KeyStore(tmp_path))
        with TestClient(app, base_url="http://127.0.0.1:8401") as client:
            none, few = client.post("/mcp"), client.post("/mcp", headers={"authorization": f"Bearer {narrow}"})
    assert [is_problem(answer.json(), schemas) for answer in (none, few)] == ["unauthenticated", "forbidden"]


RAW = {
    "bad_request": b"GET / HTTP/9\r\n\r\n",
    "head_too_large": b"GET / HTTP/1.1\r\nx: " + b"x" * 2**17 + b"\r\n\r\n",
}


@pytest.mark.parametrize("code", RAW)
def test_what_comes_before_a_request_is_one(
    service: Service, opened: TestClient, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "close", lambda: None)
    with (
        serving(create_app(service, ServeSettings())) as port,
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection,
    ):
        connection.sendall(RAW[code])
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert is_problem(json.loads(received.partition(b"\r\n\r\n")[2]), schemas_of(opened)) == code


def test_an_answer_that_takes_too_long(service: Service, opened: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "close", lambda: None)
    monkeypatch.setattr(service.collections, "all", lambda: time.sleep(0.5))
    with serving(create_app(service, ServeSettings(request_seconds=0.05))) as port:
        answer = httpx.get(f"http://localhost:{port}/v1/collections")
    assert is_problem(answer.json(), schemas_of(opened)) == "request_timeout"


def test_the_middlewares_body_is_the_same_problem(opened: TestClient) -> None:
    body = json.loads(problem_body(503, "shutting_down", "It ends.", "id"))
    assert is_problem(body, schemas_of(opened)) == "shutting_down"


def test_the_client_knows_each_member() -> None:
    """`type`, `title` and `message` say nothing that the others do not."""
    known = set(inspect.signature(ApiError.__init__).parameters) - {"self", "retry_after"}
    assert set(problems.Problem.model_json_schema(mode="serialization")["properties"]) - known == {
        "type", "title", "message",
    }  # fmt: skip
