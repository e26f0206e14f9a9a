"""Errors over HTTP: every code has a status, every answer that is an error is a problem with a request id."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

import engine.errors
from api.http import problems
from api.service.service import Service
from engine.errors import WinnowError


def all_errors(base: type[WinnowError] = WinnowError) -> set[type[WinnowError]]:
    return {base}.union(*(all_errors(kind) for kind in base.__subclasses__()))


def test_every_code_has_a_status() -> None:
    assert engine.errors.__name__  # imported for its classes
    codes = {kind.code for kind in all_errors() if not kind.__module__.startswith("tests")}
    assert codes == set(problems.STATUS)
    assert set(problems.RETRY_AFTER) <= codes


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/v1/models", 405, "method_not_allowed"),
        ("GET", "/v1/collections/none/search?query=x", 404, "collection_not_found"),
        ("GET", "/v1/collections/NO/search?query=x", 422, "invalid_request"),
        ("GET", "/v1/collections/notes/search?query=x&sorted=year", 422, "invalid_request"),
        ("GET", "/v1/collections?page=2", 422, "invalid_request"),
        ("GET", "/v1/collections/notes/search?query=x&filter=%21", 400, "invalid_filter"),
        ("GET", "/v1/collections/notes/search?query=x&min_relevance=0.5", 400, "usage"),
        ("POST", "/v1/search", 422, "invalid_request"),
    ],
)
def test_errors_are_problems(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"/docs/errors#{code}" and body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]


def test_a_request_id_is_taken_over_if_it_is_decent(client: TestClient) -> None:
    assert client.get("/v1/models", headers={"x-request-id": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    for indecent in ("a b", "x" * 65, "<script>"):
        assert client.get("/v1/models", headers={"x-request-id": indecent}).headers["x-request-id"] != indecent


def test_what_nobody_foresaw(client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(service.collections, "all", broken)
    answer = client.get("/v1/collections")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert answer.headers["x-request-id"] == answer.json()["request_id"] != ""
    assert "secret" not in answer.text


def test_every_code_is_explained(client: TestClient) -> None:
    page = client.get("/docs/errors")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    for code in (*problems.STATUS, *problems.HTTP_CODES):
        assert f'id="{code}"' in page.text


@pytest.mark.parametrize("filter", [[], "year", 3, [{"field": "year", "equals": 1}], {"and": [[]]}])
def test_a_filter_that_is_no_object(client: TestClient, filter: object) -> None:
    answer = client.post("/v1/collections/notes/search", json={"query": "river", "filter": filter})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
