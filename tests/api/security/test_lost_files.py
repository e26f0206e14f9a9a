"""A home or a file of keys that is damaged or vanishes under a service: told, and open to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.security.keys import FILE, KeyStore
from api.service.service import Service
from api.serving.app import create_app
from tests.api.http.conftest import ADDRESS, offered
from tests.conftest import Models

ASKED = ("/v1/collections", "/v1/collections/c", "/v1/collections/c/search?query=a", "/v1/collections/c/documents")


@pytest.fixture
def home(tmp_path: Path, models: Models) -> Path:
    with Service(tmp_path / "home", offered=offered(models)) as service:
        service.collections.create("c", models.encoder, models.reranker)
    return tmp_path / "home"


@pytest.fixture
def client(home: Path, models: Models) -> Iterator[TestClient]:
    service = Service(home, offered=offered(models))
    with TestClient(create_app(service), ADDRESS, raise_server_exceptions=False) as opened:
        yield opened


def told(client: TestClient, path: str) -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer.json().get("code", "")


def test_a_home_that_vanishes_is_not_an_empty_one(client: TestClient, home: Path) -> None:
    assert client.get("/readyz").status_code == 200
    for gone in (home, home / "catalogue.sqlite"):
        gone.rename(home.parent / "elsewhere")
        for path in (*ASKED, "/v1/models"):
            assert told(client, path) == (503, "home_missing"), path
        sent = {"documents": [{"id": "a", "text": "b"}]}
        assert client.post("/v1/collections/c/documents", json=sent).json()["code"] == "home_missing"
        assert client.post("/v1/collections", json={"name": "d"}).json()["code"] == "home_missing"
        assert client.delete("/v1/collections/c").json()["code"] == "home_missing"
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["catalogue"]) == (503, "home_missing")
        assert client.get("/healthz").status_code == 200
        (home.parent / "elsewhere").rename(gone)
        assert [client.get(path).status_code for path in ASKED] == [200] * 4
        assert client.get("/readyz").status_code == 200


def test_an_empty_mount_point_is_no_home(client: TestClient, home: Path) -> None:
    home.rename(home.parent / "elsewhere")
    home.mkdir()
    assert told(client, "/v1/collections") == (503, "home_missing")


def test_a_new_home_misses_nothing(tmp_path: Path) -> None:
    with TestClient(create_app(Service(tmp_path / "new")), ADDRESS) as client:
        assert client.get("/v1/collections").json() == {"collections": []}
        assert client.get("/readyz").status_code == 200


def test_keys_are_asked_for_where_the_home_is_gone(home: Path, models: Models) -> None:
    _, secret = KeyStore(home).create("a", ["admin"])
    with TestClient(create_app(Service(home, offered=offered(models))), ADDRESS) as client:
        bearer = {"authorization": f"Bearer {secret}"}
        assert client.get("/v1/collections", headers=bearer).status_code == 200
        home.rename(home.parent / "elsewhere")
        for headers in ({}, bearer):
            assert client.get("/v1/collections", headers=headers).status_code == 401
        (home.parent / "elsewhere").rename(home)
        assert client.get("/v1/collections", headers=bearer).status_code == 200


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_a_file_of_keys_that_cannot_be_read(client: TestClient, home: Path, content: bytes) -> None:
    assert client.get("/v1/collections").status_code == 200
    (home / FILE).write_bytes(content)
    for path in (*ASKED, "/", "/v1/jobs"):
        assert told(client, path) == (503, "keys_unavailable")
    assert client.get("/healthz").status_code == 200
