"""`winnow search` asks a running service of the same home, which answers the same; else it does the work itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.local_socket import PATTERN, connect, listening_in, socket_of
from api.terminal.running_service import answer_of_service
from indexer.ingest import ingest
from tests.conftest import Models, Outcome, Winnow
from tests.support.documents import topical, write_records
from tests.support.servers import Server, home_with_notes, started


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[tuple[Path, Server]]:
    """A service over `notes` and `more`."""
    root = tmp_path_factory.mktemp("served")
    home = home_with_notes(root, models)
    more = write_records(root / "more.jsonl", topical(40)[30:])
    ingest([more], home=home, collection="more", encoder=models.encoder, reranker=models.reranker)
    with started(home) as server:
        server.wait_ready()
        yield home, server


@pytest.fixture
def only_warm(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, a search that this process would do itself fails."""

    def forbid() -> None:
        monkeypatch.setattr("api.terminal.commands.search._search_here", None)

    return forbid


def untimed(outcome: Outcome) -> str:
    """An answer's text without the times, which differ from search to search."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(inner) for name, inner in value.items() if name != "timings_ms"}
        return [without(inner) for inner in value] if isinstance(value, list) else value

    return json.dumps(without(outcome.json), ensure_ascii=False)


# Each asks something else: the scores of a question that was asked before are remembered, and those that were computed
# beside other passages may differ in the last digit.
ASKED = [
    ["river bridge", "-c", "notes"],
    ["river", "-c", "notes", "-k", "3", "--context", "40", "--mode", "lexical"],
    ["a river", "-c", "notes", "--filter", "year:>=1990", "--filter", "-tags:x", "--facet", "year", "--facet", "tags"],
    ["the bridge of the city", "-c", "notes", "--sort=-year", "--depth", "2", "--verbatim"],
    ["brigde", "-c", "notes", "--why-not", "d001"],
    ["the river", "-c", "notes", "-c", "more", "-k", "5"],
    ["Ümlaut 检索 & =+%/?#", "-c", "notes"],
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked[0])
def test_the_service_answers_as_the_command_does(
    winnow: Winnow,
    served: tuple[Path, Server],
    only_warm: Callable[[], None],
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.models._loaded", {})  # as in a process of its own
    search = ("search", *asked, "--home", served[0])
    cold = winnow(*search, "--json", "--no-server")
    shown = winnow(*search, "--explain", "--no-server").out
    listed = None if "--facet" in asked or "--why-not" in asked else winnow(*search, "--format", "csv", "--no-server")
    only_warm()
    warm = winnow(*search, "--json")
    assert untimed(warm) == untimed(cold) and list(warm.json) == list(cold.json)
    assert winnow(*search, "--explain").out == shown
    assert listed is None or winnow(*search, "--format", "csv") == listed


@pytest.mark.parametrize(
    "asked",
    [
        ["river", "-c", "nope"],
        ["river", "-c", "notes", "--filter", "nope:1"],
        ["river", "-c", "notes", "--filter", "year=1"],
        [" ", "-c", "notes"],
        ["river", "-c", "../notes"],
        ["nothing", "-c", "notes", "--filter", "year:1066"],
    ],
)
def test_what_is_wrong_is_told_in_the_same_words(winnow: Winnow, served: tuple[Path, Server], asked: list[str]) -> None:
    def told(*options: str) -> tuple[int, str, list[str]]:
        outcome = winnow("search", *asked, "--home", served[0], *options)
        return outcome.code, outcome.out, [line for line in outcome.err.splitlines() if not line.endswith(" ms")]

    assert told() == told("--no-server")


def test_no_server_and_other_models_ask_no_service(
    winnow: Winnow, served: tuple[Path, Server], models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.terminal.commands.search._asked", None)
    for options in (["--no-server"], ["--models", models.option]):
        assert winnow("search", "river", "-c", "notes", "--home", served[0], *options, "--json").json["hits"]


def test_only_the_owner_reaches_the_socket(served: tuple[Path, Server]) -> None:
    (path,) = served[0].glob(PATTERN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path == socket_of(served[0])


def test_other_settings_or_another_version_find_no_service(
    served: tuple[Path, Server], winnow: Winnow, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = {"query": "river"}
    assert answer_of_service(served[0], ["notes"], wishes)
    with monkeypatch.context() as patch:
        patch.setattr("api.local_socket.version", lambda name: "0.0.9")
        assert answer_of_service(served[0], ["notes"], wishes) is None
    setting(serve_port=9)  # which is the service's own
    assert answer_of_service(served[0], ["notes"], wishes)
    setting(scan="numpy")
    assert answer_of_service(served[0], ["notes"], wishes) is None
    findings = winnow("doctor", "--home", served[0], "--json").json["findings"]
    assert [one["state"] for one in findings if one["area"] == "service"] == ["warning"]


def test_a_key_is_asked_for_by_the_network_and_not_by_the_socket(
    winnow: Winnow, models: Models, tmp_path: Path
) -> None:
    home = home_with_notes(tmp_path, models)
    assert winnow("keys", "create", "laptop", "--home", home).code == 0
    with started(home) as server:
        server.wait_ready()
        query = "/v1/collections/notes/search?query=river"
        assert server.client.get(query).status_code == 401
        assert answer_of_service(home, ["notes"], {"query": "river"})
        forged = {"x-local": "1", "host": "localhost", "forwarded": "for=unix:"}
        assert server.client.get(query, headers=forged).status_code == 401


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]])
def test_the_socket_goes_when_the_service_ends(models: Models, tmp_path: Path, workers: list[str]) -> None:
    home = home_with_notes(tmp_path, models)
    with started(home, *workers) as server:
        server.wait_ready()
        assert answer_of_service(home, ["notes"], {"query": "river"})
        assert server.stop()[0] == 0
    assert list(home.glob("*.sock")) == [] and list(home.glob(".*.sock")) == []


def test_what_a_killed_service_left_is_no_hindrance(winnow: Winnow, models: Models, tmp_path: Path) -> None:
    home = home_with_notes(tmp_path, models)
    search = ("search", "river", "-c", "notes", "--home", home, "--json")
    with started(home) as server:
        server.wait_ready()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(60)
    assert list(home.glob(PATTERN)) and winnow(*search).json["hits"]
    findings = winnow("doctor", "--home", home, "--json").json["findings"]
    assert [one["state"] for one in findings if one["area"] == "service"] == ["warning"]
    with started(home) as server:
        server.wait_ready()
        assert answer_of_service(home, ["notes"], {"query": "river"})


def test_a_second_service_leaves_the_first_one_its_socket(tmp_path: Path) -> None:
    with listening_in(tmp_path, 1) as first:
        assert first is not None
        before = socket_of(tmp_path).stat()
        with listening_in(tmp_path, 1) as second:
            assert second is None
        assert os.path.samestat(socket_of(tmp_path).stat(), before)
    assert not socket_of(tmp_path).exists()


def test_a_home_with_a_long_path_has_a_socket_too(tmp_path: Path) -> None:
    home = tmp_path.joinpath(*["a" * 50] * 4)
    home.mkdir(parents=True)
    with listening_in(home, 1) as listening:
        connection = connect(socket_of(home), 5)
        assert listening is not None and connection is not None
        connection.close()


def test_where_there_can_be_no_socket_the_service_runs_without(tmp_path: Path) -> None:
    with listening_in(tmp_path / "missing", 1) as listening:
        assert listening is None
    socket_of(tmp_path).mkdir()
    with listening_in(tmp_path, 1) as listening:
        assert listening is None
    assert socket_of(tmp_path).is_dir()


def test_what_lies_in_the_sockets_place_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = socket_of(tmp_path)
    path.write_text("no socket")
    assert connect(path) is None
    path.unlink()
    with listening_in(tmp_path, 1):
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)  # a socket of somebody else
        assert connect(path) is None


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{", b"HTTP/1.1 503 No\r\n\r\n{}",
     b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{"],
)  # fmt: skip
def test_an_answer_that_is_none_is_not_taken(tmp_path: Path, answer: bytes) -> None:
    with listening_in(tmp_path, 1) as listening:
        assert listening is not None

        def speak(listening: socket.socket = listening) -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=speak)
        thread.start()
        assert answer_of_service(tmp_path, ["notes"], {"query": "river"}) is None
        thread.join(30)
