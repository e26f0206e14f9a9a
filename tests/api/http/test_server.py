"""A real server process on loopback: it starts, answers, tells its progress, and shuts down without losing a request."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Models, Winnow
from tests.support.servers import Server, home_with_notes, started


@pytest.fixture
def server(tmp_path: Path, models: Models) -> Iterator[Server]:
    home = home_with_notes(tmp_path, models)
    with started(home, "--encoder", models.encoder, environment={"WINNOW_COMMIT_CHUNKS": "20"}) as running:
        yield running


def test_a_server_answers_and_ends(server: Server) -> None:
    found = server.client.get("/v1/collections/notes/search", params={"query": "river", "k": 3})
    assert found.status_code == 200 and len(found.json()["hits"]) == 3
    assert "server" not in found.headers
    assert server.client.get("/v1/collections/notes/documents/%2F").status_code == 404
    code, errors = server.stop()
    assert code == 0 and "Traceback" not in errors, errors


def test_a_reranker_that_does_not_judge_answers_is_told(tmp_path: Path) -> None:
    with started(tmp_path, "--reranker", "cross-encoder/quora-roberta-base", "--reranker", "bundled") as server:
        _, errors = server.stop()
    assert errors.count("cross-encoder/quora-roberta-base judges whether") == errors.count("judges whether") == 1


@pytest.mark.timed
def test_answers_do_not_wait_for_acknowledgements(server: Server) -> None:
    """Nagle's algorithm would hold back a part of each answer for 40 ms on a connection that is kept."""
    waits = []
    for _ in range(30):
        began = time.perf_counter()
        assert server.client.get("/healthz").status_code == 200
        waits.append(time.perf_counter() - began)
    assert min(waits) < 0.02


def test_an_ingest_is_followed_and_interrupted(server: Server) -> None:
    """A shutdown ends it at a document: what was committed is kept, and whoever follows it is told."""
    documents = [{"id": f"n{n}", "text": f"The river {n}. " * 60} for n in range(400)]
    job = server.client.post("/v1/collections/notes/documents", json={"documents": documents}).json()
    events: list[Any] = []

    def follow() -> None:
        with server.client.stream("GET", f"/v1/jobs/{job['id']}/events") as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    events.append(json.loads(line.removeprefix("data: ")))

    follower = threading.Thread(target=follow)
    follower.start()
    until = time.monotonic() + 60
    while not (events and events[-1]["commits"]) and time.monotonic() < until:
        time.sleep(0.02)
    code, errors = server.stop()
    follower.join(30)
    assert code == 0 and "Traceback" not in errors, errors
    assert events[0]["state"] in ("queued", "running") and events[-1]["state"] == "interrupted"
    assert events[-1]["commits"] >= 1


def test_a_shutdown_loses_no_request(server: Server) -> None:
    statuses: list[int] = []
    started = threading.Event()

    def ask(number: int) -> None:
        with httpx.Client(base_url=server.client.base_url, timeout=60) as client:
            while True:
                try:
                    answer = client.post("/v1/collections/notes/search", json={"query": f"river {number}"})
                except httpx.ConnectError:  # the server takes no more: nothing was lost
                    return
                statuses.append(answer.status_code)
                started.set()
                if answer.headers.get("connection") == "close":
                    return

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    assert started.wait(60)
    code, errors = server.stop()
    for thread in threads:
        thread.join(30)
    assert code == 0 and "Traceback" not in errors, errors
    assert statuses and set(statuses) == {200}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_only_loopback_is_served(winnow: Winnow, tmp_path: Path, host: str) -> None:
    outcome = winnow("serve", "--host", host, "--home", tmp_path)
    assert outcome.code == 2 and "unsafe_exposure" in outcome.err


def test_without_the_extra(tmp_path: Path) -> None:
    """In a process of its own: in this one the modules that need it may have been imported already."""
    script = "import sys; sys.modules['uvicorn'] = None; from api.terminal.cli import main; main()"
    command = [sys.executable, "-c", script, "serve", "--home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == 1 and "dependency_missing" in done.stderr and "[serve]" in done.stderr
