"""A service with two collections, `notes` and `others`, and keys for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from api.security.keys import FILE, KeyStore, Scope
from api.service.service import Service
from api.serving.app import create_app
from api.settings import ServeSettings
from indexer.ingest import ingest
from indexer.sandbox.parse import parse_upload
from tests.api.http.conftest import ADDRESS, offered
from tests.conftest import Models
from tests.support.documents import topical, write_records
from tests.support.servers import home_with_notes, started

Open = Callable[..., TestClient]
MakeKey = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("secured")
    for name in ("notes", "others"):
        file = write_records(root / f"{name}.jsonl", topical(8))
        ingest([file], home=root / "home", collection=name, encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@pytest.fixture
def serving(home: Path, models: Models) -> Iterator[Open]:
    """Open the service with settings: `serving(burst=3)`; a secret goes along with every request."""
    (home / FILE).unlink(missing_ok=True)  # each test makes its own keys
    with ExitStack() as stack:

        def start(secret: str | None = None, address: str = ADDRESS, **settings: object) -> TestClient:
            chosen = ServeSettings.model_validate(settings)
            parse = partial(parse_upload, limits=chosen.parsing())
            service = Service(home, offered=offered(models), parse=parse, longest_asked=chosen.document_length)
            app = create_app(service, chosen)
            client = TestClient(app, address, raise_server_exceptions=False, client=("192.0.2.7", 4711))
            client = stack.enter_context(client)
            return as_key(client, secret) if secret else client

        yield start


@pytest.fixture
def make_key(home: Path) -> MakeKey:
    """The secret of a new key: `make_key("read", "notes")`."""

    numbers = count(1)

    def make(scope: Scope = "read", *collections: str) -> str:
        return KeyStore(home).create(f"test {next(numbers)}", [scope], collections or ("*",))[1]

    return make


def as_key(client: TestClient, secret: str) -> TestClient:
    client.headers["authorization"] = f"Bearer {secret}"
    return client


@contextmanager
def live(root: Path, models: Models, settings: Mapping[str, object]) -> Iterator[httpx.Client]:
    """A server process over a collection `notes`."""
    environment = {f"WINNOW_SERVE_{name.upper()}": str(value) for name, value in settings.items()}
    with started(home_with_notes(root, models, 8), "--encoder", models.encoder, environment=environment) as server:
        yield server.client
        assert server.process.poll() is None, "the server has ended"
