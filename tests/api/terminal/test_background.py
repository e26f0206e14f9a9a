"""`winnow serve --daemon` and `--stop`, as processes."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.local_socket import PATTERN, connect, listening_in, socket_of
from api.terminal import background
from engine.child import module_command
from engine.errors import UsageError

Ran = subprocess.CompletedProcess[str]
Run = Callable[..., Ran]


@pytest.fixture
def run(home: Path) -> Iterator[Run]:
    """Runs `winnow serve` on a home; what still serves it at the end is ended."""
    home.mkdir(exist_ok=True)

    def serve(*words: str, settings: dict[str, str] | None = None, folder: Path = home) -> Ran:
        command = module_command("winnow", "serve", "--home", str(folder), *words)
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ | (settings or {}))

    yield serve
    if list(home.glob(PATTERN)):
        serve("--stop")


def test_it_serves_in_the_background_until_it_is_stopped(home: Path, run: Run) -> None:
    started = run("--daemon", "--port", "0")
    assert started.returncode == 0, started.stderr
    address = started.stdout.strip()
    with urllib.request.urlopen(f"{address}/healthz", timeout=30) as answer:
        assert answer.status == 200
    log = socket_of(home).with_suffix(".log")
    assert str(log) in started.stderr and "winnow serve --stop" in started.stderr
    assert "Winnow serves this home" in log.read_text("utf-8")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600

    again = run("--daemon", "--port", "0")
    assert again.returncode == 2 and "runs already" in again.stderr and "Traceback" not in again.stderr

    stopped = run("--stop")
    assert stopped.returncode == 0 and "has ended" in stopped.stderr
    assert connect(socket_of(home)) is None
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{address}/healthz", timeout=30)


def test_of_two_that_are_started_at_once_one_runs(run: Run) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(run, "--daemon", "--port", "0") for _ in range(2)]
        first, second = sorted((one.result() for one in both), key=lambda ran: ran.returncode)
    assert (first.returncode, second.returncode) == (0, 2), (first.stderr, second.stderr)
    assert "runs already" in second.stderr
    assert run("--stop").returncode == 0


def test_one_with_other_settings_is_stopped_too(run: Run) -> None:
    assert run("--daemon", "--port", "0", settings={"WINNOW_SCAN": "numpy"}).returncode == 0
    assert run("--stop").returncode == 0
    nothing = run("--stop")
    assert nothing.returncode == 2 and "No service of this home runs" in nothing.stderr


def test_what_keeps_it_from_starting_is_said(home: Path, run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = run("--daemon", "--port", str(port))
    assert failed.returncode == 1 and str(port) in failed.stderr
    assert not list(home.glob(PATTERN))


def test_a_home_that_is_not_there_is_refused(home: Path, run: Run) -> None:
    refused = run("--daemon", "--port", "0", folder=home / "gone")
    assert refused.returncode == 2 and "There is no folder" in refused.stderr


def test_a_service_of_another_container_is_not_ended(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    ended: list[int] = []
    monkeypatch.setattr(background, "_process", lambda connection: 0)
    monkeypatch.setattr(os, "kill", lambda process, sent: ended.append(process))
    with listening_in(home, 1), pytest.raises(UsageError, match="another container"):
        background.stop(home)
    assert ended == []
