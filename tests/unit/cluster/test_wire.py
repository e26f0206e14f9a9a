"""Calls to replicas over TCP: many at once, errors of both sides, keys, connections that are lost and made again."""

from __future__ import annotations

import pickle
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest

from engine.cluster.serving import wire
from engine.cluster.serving.lines import Lines
from engine.cluster.serving.routing import Reply
from engine.cluster.serving.wire import Address, Answering, Line, LineCut, Method, NotAnswered, new_key
from engine.errors import GenerationExpired, Overloaded, WinnowError

KEY, SILENCE = new_key(), 30.0
entered, leave = threading.Event(), threading.Event()


def wait_there() -> str:
    entered.set()
    assert leave.wait(60)
    return "late"


def refuse_there() -> None:
    raise GenerationExpired("Gone.", "Search again.")


def fail_there() -> None:
    raise ValueError("no such row")


class Odd(WinnowError):
    def __init__(self) -> None:
        super().__init__("Odd.")
        self.lock = threading.Lock()


def odd_there() -> None:
    raise Odd


METHODS = {
    "odd": Method(odd_there, 1),
    "double": Method(lambda value: value * 2, 4),
    "wait": Method(wait_there, 1),
    "fail": Method(fail_there, 1),
    "refuse": Method(refuse_there, 1),
    "reply": Method(lambda: Reply(None, Overloaded("Too much.", retry_after=7.0)), 1),
    "unsent": Method(lambda: threading.Lock(), 1),
}


@pytest.fixture
def replica() -> Iterator[Answering]:
    made = Answering("127.0.0.1", KEY, METHODS, SILENCE)
    entered.clear(), leave.clear()
    yield made
    leave.set()
    made.close()


@pytest.fixture
def line(replica: Answering) -> Iterator[Line]:
    made = Line(replica.address, KEY, SILENCE)
    yield made
    made.close()


def test_many_calls_are_on_their_way_at_once(line: Line) -> None:
    slow = line.call("wait")
    assert entered.wait(60)
    answers = [line.call("double", np.full(n, n)) for n in range(200)]
    assert [answer.result(60).sum() for answer in answers] == [2 * n * n for n in range(200)]
    assert not slow.done()
    leave.set()
    assert slow.result(60) == "late"


def test_callers_of_many_threads_get_their_own_answers(line: Line) -> None:
    wrong: list[int] = []

    def ask(number: int) -> None:
        wrong.extend(n for n in range(number, 500, 8) if line.call("double", n).result(60) != 2 * n)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def test_large_messages_pass_whole(line: Line) -> None:
    sent = np.arange(3_000_000)
    assert np.array_equal(line.call("double", sent).result(60), sent * 2)


def test_what_fails_there_is_said_here(line: Line) -> None:
    with pytest.raises(NotAnswered, match="ValueError: no such row"):
        line.call("fail").result(60)
    with pytest.raises(NotAnswered, match="TypeError"):
        line.call("unsent").result(60)  # an answer that cannot be sent
    with pytest.raises(GenerationExpired, match="Gone") as caught:
        line.call("refuse").result(60)
    assert caught.value.remedy == "Search again."
    error = line.call("reply").result(60).error
    assert isinstance(error, Overloaded) and error.retry_after == 7.0 and str(error)
    assert line.call("double", 1).result(60) == 2


def test_errors_of_ours_pass_whole() -> None:
    for error in (GenerationExpired("Gone.", "Search again."), Overloaded("Busy.", retry_after=3.0)):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_another_key_is_refused_by_both_sides(replica: Answering) -> None:
    with pytest.raises(LineCut):
        Line(replica.address, new_key(), SILENCE)
    stranger = Answering("127.0.0.1", new_key(), METHODS, SILENCE)
    with pytest.raises(LineCut):
        Line(stranger.address, KEY, SILENCE)
    stranger.close()


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n\r\n" * 9, bytes(200)])
def test_strangers_who_say_anything_keep_nobody_out(replica: Answering, said: bytes) -> None:
    with socket.create_connection(replica.address, timeout=60) as stranger:
        stranger.sendall(said)
        known = Line(replica.address, KEY, SILENCE)
        assert known.call("double", 2).result(60) == 4
        known.close()


def test_strangers_are_let_go_after_a_while_whatever_they_trickle() -> None:
    made = Answering("127.0.0.1", KEY, METHODS, 0.2)
    with socket.create_connection(made.address, timeout=60) as stranger:
        ended = threading.Event()

        def trickle() -> None:
            with suppress(OSError):
                while not ended.wait(0.05):
                    stranger.sendall(b"x")

        trickling = threading.Thread(target=trickle)
        trickling.start()
        with suppress(ConnectionError):
            while stranger.recv(100):  # its greeting, and then the end
                pass
        ended.set()
        trickling.join(60)
    made.close()


def test_few_strangers_are_heard_at_once(replica: Answering, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    admitted = [replica._strangers.acquire(blocking=False) for _ in range(wire._STRANGERS)]
    assert all(admitted)
    with pytest.raises(LineCut):
        Line(replica.address, KEY, SILENCE)
    assert line.call("double", 2).result(60) == 4  # whoever is known is answered
    replica._strangers.release()
    again = Line(replica.address, KEY, SILENCE)
    assert again.call("double", 3).result(60) == 6
    again.close()


def test_a_connection_that_the_system_has_no_room_for_is_not_the_last(
    replica: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = list[int]()
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "reads" and len(refused) < 2:
            refused.append(1)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    for _ in range(2):
        with pytest.raises(LineCut):
            Line(replica.address, KEY, SILENCE)
    known = Line(replica.address, KEY, SILENCE)
    assert known.call("double", 2).result(60) == 4 and len(refused) == 2
    known.close()


def test_what_a_replica_does_not_know_or_cannot_read_fails_that_call_or_connection(replica: Answering) -> None:
    asking = Line(replica.address, KEY, SILENCE)
    with pytest.raises(NotAnswered, match="'health2'"):
        asking.call("health2").result(60)
    assert asking.call("double", 1).result(60) == 2
    for frame in (b"no pickle", struct.pack("!Q", 1 << 60), pickle.dumps(("too", "few"))):
        hostile = Line(replica.address, KEY, SILENCE)
        waiting = hostile.call("wait")
        sent = frame if len(frame) == 8 else struct.pack("!Q", len(frame)) + frame
        hostile._peer.sendall(sent)
        with pytest.raises(LineCut):
            waiting.result(60)
        assert asking.call("double", 1).result(60) == 2  # the others are answered
    asking.close()


def test_an_error_that_cannot_be_sent_is_said(replica: Answering, line: Line) -> None:
    with pytest.raises(NotAnswered, match="Odd cannot be sent"):
        line.call("odd").result(60)


def test_a_lost_connection_fails_the_calls_on_their_way(replica: Answering, line: Line) -> None:
    slow = line.call("wait")
    assert entered.wait(60)
    line.close()
    assert line.is_cut
    for future in (slow, line.call("double", 1)):
        with pytest.raises(LineCut):
            future.result(60)


def test_calls_wait_for_the_connection_that_is_being_made(replica: Answering) -> None:
    known, addresses = threading.Event(), [replica.address]

    def where() -> Address:
        assert known.wait(60)
        return addresses[-1]

    lines = Lines(where, KEY, SILENCE)
    other = Answering("127.0.0.1", KEY, METHODS, SILENCE)  # made again, it listens elsewhere
    for address in (replica.address, other.address):
        addresses.append(address)
        first = [lines.call("double", n) for n in range(3)]
        assert not any(future.done() for future in first)
        known.set()
        assert [future.result(60) for future in first] == [0, 2, 4]
        known.clear()
        assert lines._line is not None
        lines._line.result().close()
    lines.close()
    other.close()


def test_a_replica_that_is_nowhere_fails_each_call_and_is_looked_for_again(replica: Answering) -> None:
    tries: list[int] = []

    def where() -> Address:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError("no such actor")
        return replica.address

    lines = Lines(where, KEY, SILENCE)
    for _ in range(2):
        with pytest.raises(LineCut, match="no such actor"):
            lines.call("double", 3).result(60)
    assert lines.call("double", 3).result(60) == 6 and len(tries) == 3
    lines.close()


def test_an_attempt_of_before_says_nothing_of_what_has_come_back(replica: Answering) -> None:
    going, tries = threading.Event(), list[int]()

    def where() -> Address:
        tries.append(1)
        if len(tries) == 1:
            assert going.wait(60)
            raise ConnectionError("the actor is restarting")
        return replica.address

    lines = Lines(where, KEY, SILENCE)
    first, second = (lines.call("double", 3) for _ in range(2))
    going.set()
    with pytest.raises(LineCut, match="restarting"):
        first.result(60)
    assert second.result(60) == 6 and len(tries) == 2
    lines.close()
