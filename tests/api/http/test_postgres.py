"""The service with its catalogue in PostgreSQL, as docker/compose.yaml runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.service.service import Service
from api.serving.app import create_app
from tests.api.http.conftest import ADDRESS, offered, sent
from tests.conftest import Models
from tests.support import postgres


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres.server() as url:
        yield url


def test_documents_are_put_searched_and_asked_about(
    address: str, home: Path, models: Models, setting: Callable[..., None]
) -> None:
    pair = {"encoder": models.encoder, "reranker": models.reranker}
    with postgres.database(address) as url:
        setting(catalogue=url)
        with TestClient(create_app(Service(home, offered=offered(models))), ADDRESS) as client:
            assert client.post("/v1/collections", json={"name": "c", **pair}).status_code == 201
            job = client.post("/v1/collections/c/documents", params={"wait": True}, json={"documents": sent(5)}).json()
            assert job["state"] == "done", job
            assert client.post("/v1/collections/c/search", json={"query": "river"}).json()["hits"]
            for text in ("The river is long.", "The bridge is old."):
                body = {"text": text, "query": "river", "keep": True, **pair}
                answer = client.post("/v1/documents/search", json=body)
                assert answer.status_code == 200, answer.text
            assert [c["name"] for c in client.get("/v1/collections").json()["collections"]] == ["c"]
