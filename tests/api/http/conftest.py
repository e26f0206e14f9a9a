"""A service over a small collection of tiny models, and a client that reaches it without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.service.service import Service
from api.serving.app import create_app
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

DOCUMENTS = 40
ADDRESS = "http://localhost"  # a name that the service answers to


def offered(models: Models) -> list[Any]:
    return [("encoder", models.encoder), ("reranker", models.reranker)]


def sent(count: int = 3, **changes: Any) -> list[dict[str, Any]]:
    """Documents as a client sends them."""
    return [
        {"id": record["id"], "title": record["title"], "text": record["text"], "metadata": {"year": record["year"]}}
        | changes
        for record in topical(count)
    ]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Service:
    root = tmp_path_factory.mktemp("service")
    for name, records in (("notes", topical(DOCUMENTS)), ("others", topical(8))):
        file = write_records(root / f"{name}.jsonl", records)
        ingest([file], home=root / "home", collection=name, encoder=models.encoder, reranker=models.reranker)
    return Service(root / "home", offered=offered(models))


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), ADDRESS, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def writable(tmp_path: Path, models: Models) -> Iterator[TestClient]:
    """An empty collection `c` to write to."""
    service = Service(tmp_path / "home", offered=offered(models))
    service.collections.create("c", models.encoder, models.reranker)
    with TestClient(create_app(service), ADDRESS, raise_server_exceptions=False) as opened:
        yield opened
