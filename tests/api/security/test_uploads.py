"""Hostile documents against a live server, and names that would steer a path or fetch a URL."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.api.hostile import Upload, uploads
from tests.api.security.conftest import Open, live
from tests.conftest import Models
from tests.support.listeners import listener

NAMES = ("../../escaped.txt", "/etc/escaped.txt", "..\\..\\escaped.txt", "a/../../escaped.txt", "%2e%2e%2fescaped.txt")
DOCUMENTS = "/v1/collections/others/documents"
HANG = 120.0  # seconds: far above the limits that the service sets itself


class Prober:
    """Searches all the while, and notes the longest wait."""

    def __init__(self, client: httpx.Client) -> None:
        self.longest, self.count = 0.0, 0
        self._client, self._stop = client, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            body = {"query": "river", "mode": "lexical", "rerank_depth": 0}
            answer = self._client.post("/v1/collections/notes/search", json=body)
            assert answer.status_code == 200 and answer.json()["hits"], answer.text
            self.longest = max(self.longest, time.monotonic() - began)
            self.count += 1
            self._stop.wait(0.05)

    def __enter__(self) -> Prober:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join(HANG)


def send(client: httpx.Client, upload: Upload, encoder: str, number: int) -> None:
    """In turn to be stored and to be searched. Whatever it is, the answer is an answer, and in time."""
    began = time.monotonic()
    name = upload.name.encode("utf-8", "replace").decode()  # a form holds no lone surrogate
    if number % 2:
        files = {"files": (name, upload.data)}
        answer = client.post("/v1/collections/notes/documents/files", files=files)
        assert answer.status_code in (202, 400, 413, 422), (upload.kind, answer.text[:300])
        if answer.status_code == 202:
            assert finished(client, answer.json()["id"])["state"] == "done", upload.kind
    else:
        answer = client.post(
            "/v1/documents/search/file",
            data={"query": "text", "encoder": encoder, "reranker": "none"},
            files={"file": (name, upload.data)},
        )
        assert answer.status_code in (200, 400, 413, 422), (upload.kind, answer.text[:300])
    assert time.monotonic() - began < HANG, upload.kind


def finished(client: httpx.Client, job: str) -> Any:
    until = time.monotonic() + HANG
    while (found := client.get(f"/v1/jobs/{job}").json())["finished_at"] is None and time.monotonic() < until:
        time.sleep(0.05)
    return found


def attack(root: Path, models: Models, hostile: Iterator[Upload], **settings: object) -> Prober:
    with live(root, models, settings) as client:
        with Prober(client) as prober:
            for number, upload in enumerate(hostile):
                send(client, upload, models.encoder, number)
        assert prober.count and prober.longest < HANG
        return prober


def test_twenty_hostile_uploads(tmp_path: Path, models: Models) -> None:
    attack(tmp_path, models, uploads(20, scale=0.02, seed=11), parse_seconds=1)


@pytest.mark.slow
def test_two_hundred_hostile_uploads(tmp_path: Path, models: Models) -> None:
    prober = attack(tmp_path, models, uploads(200))
    print(f"{prober.count} searches meanwhile, the slowest {prober.longest:.2f} s")


def tree(root: Path) -> set[Path]:
    """All but the collections, and what SQLite has beside the catalogue as long as somebody reads it."""
    found = {path for path in root.rglob("*") if "collections" not in path.parts}
    return {path for path in found if not path.name.endswith(("-shm", "-wal"))}


def test_names_are_data_and_never_paths(serving: Open, home: Path) -> None:
    client = serving()
    before = tree(home.parent)
    documents = [{"id": name, "uri": name, "text": "The river."} for name in NAMES]
    stored = client.post(DOCUMENTS, params={"wait": True}, json={"documents": documents}).json()
    assert stored["report"]["added"] == len(NAMES)
    files = [("files", (f"x{name}", b"The bridge.")) for name in NAMES]
    stored = client.post(f"{DOCUMENTS}/files", params={"wait": True}, files=files).json()
    assert stored["report"]["failed"] == []
    assert tree(home.parent) == before and not Path("/etc/escaped.txt").exists()
    for name in ("/etc/passwd", "../x", "../../../../etc/passwd"):
        assert client.get(f"{DOCUMENTS}/{name.replace('/', '%2F')}").status_code in (404, 405)
    for name in ("..", "../notes", "%2e%2e", "/etc", "a%00b"):
        assert client.get(f"/v1/collections/{name.replace('/', '%2F')}").status_code in (404, 422)


def test_no_url_is_fetched(serving: Open, models: Models) -> None:
    client = serving()
    with listener() as (url, peers):
        entity = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{url}">]>'
        page = (
            f'<html><head><link rel=stylesheet href="{url}"></head><body>&x;<img src="{url}"><iframe src="{url}">river'
        )
        documents: list[dict[str, Any]] = [{"id": url, "uri": url, "text": f"See {url}, the river."}]
        client.post(DOCUMENTS, params={"wait": True}, json={"documents": documents})
        names = ("a.html", "a.xhtml", "a.md", f"{url}.html")
        files = [("files", (name, (entity + page).encode())) for name in names]
        client.post(f"{DOCUMENTS}/files", params={"wait": True}, files=files)
        client.post("/v1/documents/search", json={"text": url, "query": url, "encoder": models.encoder})
        refused = client.post("/v1/embeddings", json={"model": url, "input": "river"})
        assert refused.json()["code"] == "model_not_found"
        client.post("/v1/collections", json={"name": "fetching", "encoder": url})
        time.sleep(0.2)
        assert peers == []


def test_a_bomb_costs_the_job_nothing(serving: Open) -> None:
    """One file that meets a limit is told in the report; those beside it are stored."""
    client: TestClient = serving(parse_seconds=1)
    laughs = next(upload for upload in uploads(60) if upload.kind == "pdf_loop")
    files = [("files", (laughs.name, laughs.data)), ("files", ("good.txt", b"The good river."))]
    job = client.post(f"{DOCUMENTS}/files", params={"wait": True}, files=files).json()
    assert job["state"] == "done"
    assert client.get(f"{DOCUMENTS}/good.txt").status_code == 200
