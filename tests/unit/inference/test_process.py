"""The real process on a real socket: killed, stopped, hung up on, given too little time."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from api.errors import InferenceUnavailable
from api.inference.client import InferenceClient
from api.inference.supervisor import Supervisor
from api.inference.wire import HEADER, pack
from api.request.deadline import deadline
from engine.errors import ModelNotFound, Overloaded, UsageError
from engine.models import load_encoder, load_reranker
from engine.types import Passage
from tests.conftest import Models

TEXTS = [f"the river and the city {number}" for number in range(20)]
PATIENT = ("--wait-seconds=60",)  # nothing is refused before the pace of the tiny models is known


@pytest.fixture(scope="module")
def supervisor(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    path = tmp_path_factory.mktemp("inference") / "s"
    with Supervisor(path, encoders=[models.encoder], rerankers=[models.reranker], arguments=PATIENT) as started:
        started.wait_ready()
        yield started


@pytest.fixture
def client(supervisor: Supervisor) -> InferenceClient:
    supervisor.wait_ready()
    return InferenceClient(supervisor.path)


def test_a_lone_request_gives_the_very_same_numbers(client: InferenceClient, models: Models) -> None:
    here = load_encoder(models.encoder)
    there = client.encoder(models.encoder)
    np.testing.assert_array_equal(there.encode(TEXTS, role="query"), here.encode(TEXTS, role="query"))
    assert there.fingerprint == here.fingerprint and there.max_tokens == here.max_tokens
    passages = [Passage(text) for text in TEXTS]
    np.testing.assert_array_equal(
        client.reranker(models.reranker).score("river", passages),
        load_reranker(models.reranker).score("river", passages),
    )


def test_other_prompts_are_read_there_as_here(client: InferenceClient, models: Models) -> None:
    prompts = {"query": "the river: ", "document": ""}
    here, there = load_encoder(models.encoder).with_prompts(prompts), client.encoder(models.encoder)
    asked = there.with_prompts(prompts)
    np.testing.assert_array_equal(asked.encode(TEXTS, role="query"), here.encode(TEXTS, role="query"))
    assert asked.fingerprint == here.fingerprint and there.fingerprint != here.fingerprint
    np.testing.assert_array_equal(there.encode(TEXTS), load_encoder(models.encoder).encode(TEXTS))


def test_more_than_one_message_holds(client: InferenceClient, models: Models) -> None:
    texts = [f"the river {number}" for number in range(600)]
    np.testing.assert_allclose(
        client.encoder(models.encoder).encode(texts), load_encoder(models.encoder).encode(texts), rtol=0, atol=2e-6
    )


def test_errors_keep_their_type(client: InferenceClient) -> None:
    with pytest.raises(ModelNotFound) as error:
        client.encoder("/no/such/model")
    assert error.value.remedy


def test_what_is_over_is_not_asked(client: InferenceClient, models: Models) -> None:
    encoder = client.encoder(models.encoder)
    with deadline(time.monotonic() - 1), pytest.raises(Overloaded):
        encoder.encode(["river"])
    with deadline(time.monotonic() + 30):
        assert encoder.encode(["river"]).shape == (1, encoder.dimension)


def test_the_socket_is_the_owners_alone(supervisor: Supervisor) -> None:
    assert stat.S_IMODE(supervisor.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", pack({"op": "no such"}), HEADER.pack(3) + b"\xc1\xc1\xc1"])
def test_strangers_do_not_disturb(supervisor: Supervisor, client: InferenceClient, models: Models, sent: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(supervisor.path))
        stranger.sendall(sent)
        stranger.settimeout(5)
        stranger.recv(100)
    assert len(client.encoder(models.encoder).encode(["river"])) == 1


def test_kill_9_under_load_loses_no_request(supervisor: Supervisor, client: InferenceClient, models: Models) -> None:
    """Eight threads ask all the time, the process is killed three times: every answer comes, and is right."""
    encoder, expected = client.encoder(models.encoder), load_encoder(models.encoder).encode(TEXTS)
    before, stop = supervisor.restarts, threading.Event()

    def ask(_: int) -> int:
        count = 0
        while not stop.is_set():
            np.testing.assert_allclose(encoder.encode(TEXTS), expected, rtol=0, atol=2e-6)
            count += 1
        return count

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, number) for number in range(8)]
        try:
            for _ in range(3):
                time.sleep(0.3)
                supervisor.wait_ready()
                os.kill(supervisor.pid, signal.SIGKILL)
            time.sleep(0.3)
            supervisor.wait_ready()
            time.sleep(0.3)
        finally:
            stop.set()
        assert all(thread.result(60) > 3 for thread in asking)
    assert supervisor.restarts == before + 3


def test_sigterm_loses_none(models: Models, tmp_path: Path) -> None:
    """What was asked before the end is answered; what comes after is told that nobody is there."""
    with Supervisor(tmp_path / "s", rerankers=[models.reranker], arguments=PATIENT) as supervisor:
        supervisor.wait_ready()
        client = InferenceClient(supervisor.path, patience=0.2)
        reranker = client.reranker(models.reranker)
        passages = [Passage("the river and the city " * 20)] * 256
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(reranker.score, "river", passages) for _ in range(4)]
            while client.stats()["lanes"]["bulk"]["waiting"] < 2:
                time.sleep(0.001)
            supervisor.stop()
            assert all(len(one.result(30)) == 256 for one in asked)
        with pytest.raises(InferenceUnavailable):
            reranker.score("river", passages)


def test_a_client_that_hangs_up_is_no_longer_worked_for(client: InferenceClient, models: Models) -> None:
    client.reranker(models.reranker)
    passages = ["the river and the city " * 20] * 256
    before = client.stats()["lanes"]["bulk"]["cancelled"]
    for _ in range(4):
        with socket.socket(socket.AF_UNIX) as quitter:
            quitter.connect(str(client._connections._path))
            quitter.sendall(
                pack(
                    {
                        "op": "score",
                        "model": models.reranker,
                        "query": "river",
                        "passages": [(text, False) for text in passages],
                    }
                )
            )
    until = time.monotonic() + 10
    while client.stats()["lanes"]["bulk"]["cancelled"] - before < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert client.stats()["lanes"]["bulk"]["cancelled"] - before >= 3


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from api.inference.supervisor import Supervisor\n"
        "print(Supervisor(Path(sys.argv[1])).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "s")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    InferenceClient(tmp_path / "s").stats()
    parent.kill()
    parent.wait()
    until = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < until:
        if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return  # dead, and nobody buries it in this container
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists()


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(InferenceUnavailable):
        InferenceClient(tmp_path / "nothing", patience=0.1).stats()


def test_a_path_that_is_too_long_is_explained(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "api.inference", "--socket", str(tmp_path / ("x" * 200))], capture_output=True, text=True
    )
    assert done.returncode != 0 and "shorter path" in done.stderr and "Traceback" not in done.stderr
    assert UsageError.code in done.stderr
