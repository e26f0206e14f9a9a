"""Over HTTP, agents need a key as soon as anybody does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.mcp.files import AllowedFiles
from api.mcp.server import PATH, create_server, http_app
from api.security.keys import KeyStore
from api.service.service import Service

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path)


def status(tmp_path: Path, keys: KeyStore, secrets: list[str]) -> list[int]:
    """What an agent with each of the secrets is answered; "" is no secret."""
    with Service(tmp_path) as service:
        app: Any = http_app(create_server(service, AllowedFiles([])), keys)
        with TestClient(app, base_url="http://127.0.0.1:8401") as client:
            accept = {"accept": "application/json, text/event-stream"}
            return [
                client.post(
                    PATH, json=INITIALIZE, headers=accept | ({"authorization": secret} if secret else {})
                ).status_code
                for secret in secrets
            ]


def test_without_keys(tmp_path: Path, keys: KeyStore) -> None:
    assert status(tmp_path, keys, [""]) == [200]


def test_with_keys(tmp_path: Path, keys: KeyStore) -> None:
    _, good = keys.create("agent")
    _, narrow = keys.create("narrow", collections=["notes"])
    revoked, gone = keys.create("gone")
    keys.revoke(revoked.id)
    secrets = [f"Bearer {good}", f"bearer  {good}", "", good, f"Basic {good}", f"Bearer {gone}", "Bearer wk_x"]
    assert status(tmp_path, keys, secrets) == [200, 200, 401, 401, 401, 401, 401]
    assert status(tmp_path, keys, [f"Bearer {narrow}"]) == [403]
