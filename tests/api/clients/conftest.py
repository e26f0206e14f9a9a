"""A live server on loopback, over small collections of tiny models, for clients that open sockets of their own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from api.service.service import Service
from api.serving.app import create_app
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

NOTES = 40


@dataclass(frozen=True)
class Live:
    """A running server, and the names of the models that it offers."""

    url: str
    encoder: str
    reranker: str

    @property
    def pair(self) -> dict[str, Any]:
        return {"encoder": self.encoder, "reranker": self.reranker}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Live]:
    root = tmp_path_factory.mktemp("live")
    for name, records in (("default", topical(NOTES)), ("others", topical(8))):
        file = write_records(root / f"{name}.jsonl", records)
        ingest([file], home=root / "home", collection=name, encoder=models.encoder, reranker=models.reranker)
    service = Service(root / "home", offered=[("encoder", models.encoder), ("reranker", models.reranker)])
    server = uvicorn.Server(uvicorn.Config(create_app(service), log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield Live(f"http://127.0.0.1:{listening.getsockname()[1]}", models.encoder, models.reranker)
        server.should_exit = True
        thread.join(30)
