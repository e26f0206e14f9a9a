"""A real server that other machines could connect to: it starts with a key only, and answers nobody without it."""

from __future__ import annotations

from pathlib import Path

import httpx

from api.security.keys import KeyStore
from tests.api.security.conftest import live
from tests.conftest import Models


def test_off_loopback_nothing_is_readable_or_writable_without_a_key(tmp_path: Path, models: Models) -> None:
    _, secret = KeyStore(tmp_path / "home").create("test", ["write"])
    with live(tmp_path, models, {"host": "0.0.0.0"}) as client:
        port = client.base_url.port
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as near:
            for method, path in (
                ("GET", "/v1/collections"),
                ("POST", "/v1/collections/notes/search"),
                ("POST", "/v1/collections/notes/documents"),
                ("DELETE", "/v1/collections/notes"),
                ("GET", "/nowhere"),
            ):
                assert near.request(method, path, json={} if method == "POST" else None).status_code == 401, path
            near.headers["x-api-key"] = secret
            assert near.get("/v1/collections").json()["collections"][0]["name"] == "notes"
            assert near.delete("/v1/collections/notes").status_code == 403
            # The last key goes: the service stays shut.
            KeyStore(tmp_path / "home").revoke(KeyStore(tmp_path / "home").list()[0].id)
            assert near.get("/v1/collections").status_code == 401
