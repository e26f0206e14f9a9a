"""Pages of strangers in the reader's browser: DNS rebinding, forms, scripts, frames. And that we load nothing."""

from __future__ import annotations

import re

import pytest

from api.settings import ServeSettings
from engine.config_file import load
from tests.api.security.conftest import MakeKey, Open

ORIGIN = "https://app.example"


@pytest.mark.parametrize(
    ("settings", "host", "known"),
    [
        ({}, "localhost:8400", True),
        ({}, "127.0.0.1", True),
        ({}, "[::1]:8400", True),
        ({}, "evil.example", False),
        ({}, "localhost.evil.example", False),
        ({"hosts": ["search.example"]}, "search.example:443", True),
        ({"hosts": ["search.example"]}, "evil.example", False),
        ({"host": "192.0.2.1"}, "192.0.2.1:8400", True),
        ({"host": "192.0.2.1"}, "evil.example", False),
        ({"host": "0.0.0.0"}, "whatever.example", True),  # asks for keys, and cannot know its names
        ({"host": "0.0.0.0", "hosts": ["search.example"]}, "whatever.example", False),
        ({"host": "::", "hosts": ["*"]}, "whatever.example", True),
    ],
)
def test_hosts(serving: Open, make_key: MakeKey, settings: dict[str, object], host: str, known: bool) -> None:
    answer = serving(make_key(), **settings).get("/v1/models", headers={"host": host})
    assert answer.status_code == (200 if known else 400)
    if not known:
        assert answer.json()["code"] == "unknown_host" and answer.json()["request_id"]


def test_pages_of_other_origins_are_kept_out(serving: Open) -> None:
    client = serving()
    for origin in (ORIGIN, "null", "http://localhost:3000", "https://localhost.evil.example"):
        answer = client.post("/v1/search", json={}, headers={"origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "unknown_origin"), origin
        assert "access-control-allow-origin" not in answer.headers
    assert client.post("/v1/search", json={}, headers={"origin": "http://localhost"}).status_code == 422


def test_cors_for_the_origins_of_the_settings(serving: Open, make_key: MakeKey) -> None:
    make_key()
    client = serving(origins=[ORIGIN])
    asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
    before = client.options("/v1/search", headers=asked | {"access-control-request-headers": "authorization"})
    assert before.status_code == 200 and before.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in before.headers
    answer = client.post("/v1/search", json={}, headers={"origin": ORIGIN})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, ORIGIN)
    assert client.options("/v1/search", headers=asked | {"origin": "https://evil.example"}).status_code == 403


def test_every_answer_is_careful(serving: Open) -> None:
    client = serving(body_bytes=10)
    answers = [
        client.get("/v1/models"),
        client.get("/nowhere"),
        client.get("/docs"),
        client.get("/v1/models", headers={"host": "evil.example"}),
        client.post("/v1/search", content=b"x" * 11),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 200, 400, 413]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "server" not in answer.headers


def test_an_unforeseen_failure_is_careful_too(serving: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    client = serving()
    service = client.app.state.service  # type: ignore[attr-defined]
    monkeypatch.setattr(service.collections, "all", lambda: 1 / 0)
    answer = client.get("/v1/collections")
    assert answer.status_code == 500 and answer.headers["x-content-type-options"] == "nosniff"


def test_the_documentation_loads_nothing(serving: Open) -> None:
    client = serving()
    for path in ("/docs", "/docs/errors"):
        page = client.get(path).text
        assert not re.search(r"<(img|iframe|style)\b|\bon\w+=", page), path
        loaded = re.findall(r"<(?:script|link)\b[^>]*?(?:src|href)=\"([^\"]*)", page)
        assert loaded and all(place.startswith(("/page/", "/opensearch.xml")) for place in loaded), path
        assert set(re.findall(r"https?://[^/]*", page)) <= {str(client.base_url).rstrip("/")}, path
    page = client.get("/docs").text
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in page and f'id="{operation["operationId"]}"' in page
            assert operation["security"], path


def test_names_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_SERVE_ORIGINS", "https://App.example/, https://b.example")
    assert load(ServeSettings).origins == ("https://app.example", "https://b.example")
