"""Several API workers and one inference process: any worker answers for all, and any of them may die."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Models
from tests.support.servers import Server, home_with_notes, started

SEARCH = "/v1/collections/notes/search"


@contextmanager
def two_workers(root: Path, models: Models) -> Iterator[Server]:
    home = home_with_notes(root, models)
    named = ("--encoder", models.encoder, "--reranker", models.reranker)
    with started(home, "--workers", "2", *named, environment={"WINNOW_COMMIT_CHUNKS": "20"}) as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Server]:
    with two_workers(tmp_path_factory.mktemp("workers"), models) as running:
        yield running


@pytest.fixture
def ending(tmp_path: Path, models: Models) -> Iterator[Server]:
    """A server of the test's own, which it may end."""
    with two_workers(tmp_path, models) as running:
        yield running


def documents_of(server: Server) -> int:
    return int(ask_again(server, "/v1/collections/notes").json()["documents"])


def ask_again(server: Server, path: str, **options: Any) -> httpx.Response:
    """On a connection of its own, which either worker may take."""
    return httpx.request(str(options.pop("method", "GET")), f"{server.address}{path}", timeout=60, **options)


def test_jobs_and_documents_are_known_to_every_worker(server: Server, models: Models) -> None:
    assert len(server.children("api.serving.worker")) == 2 and len(server.children("api.inference")) == 1
    before = documents_of(server)
    batches = [[{"id": f"{batch}-{n}", "text": f"The river {n}."} for n in range(3)] for batch in range(6)]
    path = "/v1/collections/notes/documents"
    jobs = [
        ask_again(server, path, method="POST", json={"documents": batch}, params={"wait": True}).json()
        for batch in batches
    ]
    for job in jobs:
        found = [ask_again(server, f"/v1/jobs/{job['id']}") for _ in range(4)]
        assert {answer.status_code for answer in found} == {200}
        assert all(answer.json()["state"] == "done" and answer.json()["report"]["added"] == 3 for answer in found)
    assert [job["id"] for job in ask_again(server, "/v1/jobs").json()["jobs"]] == [job["id"] for job in jobs[::-1]]
    assert documents_of(server) == before + 18

    pair = {"encoder": models.encoder, "reranker": models.reranker}
    body = {"text": "The river is long. The bridge is old.", "query": "bridge", "keep": True, **pair}
    handle = ask_again(server, "/v1/documents/search", method="POST", json=body).json()["handle"]
    for _ in range(8):
        more = ask_again(server, "/v1/documents/search", method="POST", json={"handle": handle, "query": "river"})
        assert more.status_code == 200, more.text


@pytest.mark.slow
def test_two_workers_that_write_to_one_collection_take_turns(server: Server) -> None:
    before, jobs = documents_of(server), []
    for batch in range(4):
        documents = [{"id": f"turn-{batch}-{n}", "text": f"The city {n}. " * 20} for n in range(40)]
        jobs.append(
            ask_again(server, "/v1/collections/notes/documents", method="POST", json={"documents": documents}).json()
        )
    for job in jobs:
        until = time.monotonic() + 600
        while (now := ask_again(server, f"/v1/jobs/{job['id']}").json())["finished_at"] is None:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert now["state"] == "done" and now["report"]["added"] == 40, now
    assert documents_of(server) == before + 160


@pytest.mark.slow
def test_each_kill_costs_a_request_at_most_a_retry(server: Server) -> None:
    stop, broken, statuses = threading.Event(), [], []

    def ask(number: int) -> None:
        with httpx.Client(base_url=server.address, timeout=60) as client:
            while not stop.is_set():
                for attempt in range(3):
                    try:
                        answer = client.post(SEARCH, json={"query": f"river {number}", "k": 3})
                        break
                    except httpx.TransportError:
                        broken.append(attempt)
                statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        time.sleep(0.7)
        os.kill(server.children("api.serving.worker")[0], signal.SIGKILL)
    os.kill(server.children("api.inference")[0], signal.SIGKILL)  # costs nobody anything
    time.sleep(1.5)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert set(statuses) == {200} and len(statuses) > 3
    assert max(broken, default=0) < 2, "a kill cost a request more than one retry"  # it may meet both kills
    until = time.monotonic() + 30
    while len(server.children("api.serving.worker")) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    assert len(server.children("api.serving.worker")) == 2
    assert "started again" in server.errors()


@pytest.mark.slow
def test_the_jobs_of_a_killed_worker_are_told_to_be_interrupted(server: Server) -> None:
    documents = [{"id": f"n{n}", "text": f"The river {n}. " * 60} for n in range(400)]
    job = ask_again(server, "/v1/collections/notes/documents", method="POST", json={"documents": documents}).json()
    for worker in server.children("api.serving.worker"):
        os.kill(worker, signal.SIGKILL)
    time.sleep(0.2)
    server.wait_ready()
    found = ask_again(server, f"/v1/jobs/{job['id']}").json()
    assert (found["state"], found["finished_at"] is None) == ("interrupted", False)


@pytest.mark.slow
def test_sigterm_loses_no_request(ending: Server) -> None:
    """Eight clients ask all the time on connections that they keep; each request is answered or was never taken."""
    lost, statuses, begun = [], [], threading.Event()

    def ask(number: int) -> None:
        with httpx.Client(base_url=ending.address, timeout=60) as client:
            while True:
                try:
                    answer = client.post(SEARCH, json={"query": f"city {number}", "k": 3})
                except httpx.ConnectError:
                    return
                except httpx.TransportError as error:
                    lost.append(repr(error))
                    return
                statuses.append(answer.status_code)
                begun.set()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    time.sleep(0.5)
    code, errors = ending.stop()
    for thread in threads:
        thread.join(60)
    assert code == 0 and "Traceback" not in errors, errors
    assert set(statuses) == {200} and lost == []


@pytest.mark.slow
def test_a_second_sigterm_ends_at_once(ending: Server) -> None:
    documents = [{"id": f"n{n}", "text": f"The river {n}. " * 60} for n in range(400)]
    ending.client.post("/v1/collections/notes/documents", json={"documents": documents})
    children = [*ending.children("api.serving.worker"), *ending.children("api.inference")]
    for _ in range(2):
        ending.process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    assert ending.process.wait(5) == 128 + signal.SIGTERM
    time.sleep(0.3)
    assert not [child for child in children if _lives(child)]


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
