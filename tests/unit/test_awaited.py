"""Work that nobody waits for any more is not begun, or ends at its next checkpoint."""

from __future__ import annotations

import contextvars
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import numpy as np
import pytest

from engine.awaited import Client, Places, check_awaited, wait_for_answer
from engine.errors import Abandoned
from engine.models.runtimes.batching import TokenBudget, in_batches
from engine.query.reranking import Reranking
from engine.types import Document, RowId
from indexer.chunking.chunker import Chunker
from indexer.sandbox import parse
from indexer.steps import Steps
from tests.support.fake_encoder import FakeEncoder
from tests.support.tokens import Words


def gone_after(looks: int) -> Client:
    """A client who is still there for so many looks."""
    left = iter([False] * looks)
    return Client(lambda: next(left, True))


def test_a_client_is_there_until_he_leaves_or_the_block_ends() -> None:
    check_awaited()  # what nobody asked for goes on
    with gone_after(1) as client:
        check_awaited()
        with pytest.raises(Abandoned):
            check_awaited()
        assert client.hung_up
    check_awaited()
    with Client() as answered:
        context = contextvars.copy_context()
        context.run(check_awaited)
    assert not answered.hung_up
    with pytest.raises(Abandoned):
        context.run(check_awaited)  # a thread that still works when he has his answer


def test_a_client_inside_another_one_s_work_is_alone_asked() -> None:
    with gone_after(0):
        with Client():
            check_awaited()
        with pytest.raises(Abandoned):
            check_awaited()


def _waiting(places: Places, count: int) -> None:
    while len(places._waiting) < count:
        threading.Event().wait(0.001)


def test_who_leaves_the_line_lets_the_others_go_on() -> None:
    places, entered = Places(1), list[str]()

    def wait(name: str, client: Client) -> None:
        with suppress(Abandoned), client, places.one():
            entered.append(name)

    threads = []
    with places.one():
        for place, (name, client) in enumerate({"gone": gone_after(0), "waits": Client()}.items()):
            threads.append(threading.Thread(target=wait, args=(name, client)))
            threads[-1].start()
            if name == "waits":
                _waiting(places, 1)
            else:
                threads[place].join(30)  # he needs no place to leave
    threads[1].join(30)
    assert entered == ["waits"] and not places.full and not places._waiting


def test_a_place_that_is_handed_to_who_has_left_is_handed_on() -> None:
    places, present = Places(1), threading.Event()
    present.set()
    outcome = list[str]()

    def wait() -> None:
        try:
            with Client(lambda: not present.is_set()), places.one():
                outcome.append("entered")
        except Abandoned:
            outcome.append("left")

    with places.one():
        thread = threading.Thread(target=wait)
        thread.start()
        _waiting(places, 1)
        present.clear()
    thread.join(30)
    assert outcome == ["left"] and not places.full


def test_a_place_is_waited_for_no_longer_than_was_said() -> None:
    places = Places(1)
    with places.one(), pytest.raises(TimeoutError), places.one(0.0):
        pass
    assert not places.full and not places._waiting


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_an_answer_is_waited_for_while_somebody_wants_it(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    with pytest.raises(TimeoutError):
        wait_for_answer(ours, 0.01)
    with gone_after(1), pytest.raises(Abandoned):
        wait_for_answer(ours, 60)
    theirs.sendall(b"x")
    wait_for_answer(ours, 60)
    assert ours.recv(2) == b"x"  # nothing was taken
    theirs.close()
    wait_for_answer(ours, 60)
    assert ours.recv(1) == b""


def test_a_process_that_parses_ends_with_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr(parse, "connect", lambda ocr: (ours, child.pid))
    with theirs, gone_after(1), pytest.raises(Abandoned):
        parse.parse_upload(b"some text", "a.txt")
    assert child.wait(60) < 0


def test_a_file_is_not_parsed_for_who_left_while_others_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "_places", places := Places(1))
    with places.one(), gone_after(0), pytest.raises(Abandoned):
        parse.parse_upload(b"some text", "a.txt")
    assert not places.full


class Cold:
    """A reranker for which nobody waits."""

    name, max_tokens, special_tokens, languages = "cold", 64, 2, None

    def __getattr__(self, name: str) -> Any:
        raise Abandoned("nobody")


def embeds() -> None:
    clock = count(0.0, 1000.0)  # so slow that a step has few texts
    steps = Steps(FakeEncoder(), lambda count: None, lambda: next(clock), first=2)
    steps.embed([f"text {number}" for number in range(40)])


def batches() -> None:
    in_batches([1] * 20, TokenBudget(2), lambda batch: None)


def chunks() -> None:
    text = "\n\n".join(f"The ferry number {number} leaves at six in the morning." for number in range(200))
    Chunker(Words(), 32, 0).chunk(Document("d", "d", "", text, "en", {}), [])


@pytest.mark.parametrize("work", [embeds, batches, chunks])
def test_it_ends_in_the_middle(work: Callable[[], None]) -> None:
    with gone_after(3) as client, pytest.raises(Abandoned):
        work()
    assert client.hung_up


def test_a_search_does_not_end_without_its_reranking_but_not_at_all() -> None:
    generation: Any = type("G", (), {"read_ahead": lambda self, rows: None, "is_private": True})()
    generation.passage = lambda row: ("title", type("C", (), {"headings": (), "header": "", "text": "text"})())
    with pytest.raises(Abandoned):
        Reranking(generation, Cold()).judge("query", [RowId(0, 0)], [])


def test_rows_are_not_lost_where_everybody_waits() -> None:
    seen: list[int] = []
    with Client():
        in_batches([1] * 5, TokenBudget(2), lambda batch: seen.extend(np.asarray(batch).tolist()))
    assert sorted(seen) == list(range(5))
