"""Searches have turns, first come, first served."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from api.service.turns import Turns


def _waits(turns: Turns, count: int) -> None:
    """Until so many wait for a turn."""
    while len(turns._places._waiting) < count:
        threading.Event().wait(0.001)


def _thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_so_many_at_once_and_the_others_in_the_order_in_which_they_came() -> None:
    turns, began, threads = Turns(2), list[int](), list[threading.Thread]()
    first, second = turns.one(), turns.one()
    first.__enter__()
    second.__enter__()

    def work(number: int) -> None:
        with turns.one():
            began.append(number)

    for number in range(5):
        threads.append(_thread(lambda number=number: work(number)))  # type: ignore[misc]
        _waits(turns, number + 1)
    assert began == [] and turns.busy
    first.__exit__(None, None, None)
    for thread in threads:
        thread.join(30)
    assert began == [0, 1, 2, 3, 4]
    second.__exit__(None, None, None)
    assert turns._places._free == 2 and not turns._places._waiting and not turns.busy


def test_whoever_comes_later_does_not_overtake_one_that_waits() -> None:
    turns, order = Turns(1), list[str]()
    gone_on, handed = threading.Event(), threading.Event()

    def waiting() -> None:
        with turns.one():
            order.append("waiting")
            handed.set()
            gone_on.wait(30)

    with turns.one():
        thread = _thread(waiting)
        _waits(turns, 1)

    def later() -> None:
        with turns.one():
            order.append("later")

    other = _thread(later)
    handed.wait(30)
    _waits(turns, 1)
    assert order == ["waiting"]
    gone_on.set()
    thread.join(30)
    other.join(30)
    assert order == ["waiting", "later"]


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns(1)
    for _ in range(3):
        with suppress(ValueError), turns.one():
            raise ValueError
    with turns.one():
        pass


@pytest.mark.parametrize("at_once", [1, 3])
def test_never_more_than_so_many(at_once: int) -> None:
    turns, lock, now, most = Turns(at_once), threading.Lock(), 0, 0

    def work() -> None:
        nonlocal now, most
        for _ in range(50):
            with turns.one():
                with lock:
                    now += 1
                    most = max(most, now)
                with lock:
                    now -= 1

    threads = [_thread(work) for _ in range(8)]
    for thread in threads:
        thread.join(60)
    assert most <= at_once and turns._places._free == at_once


def test_the_longest_turn_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 3.0, 10.0, 10.5])
    monkeypatch.setattr("api.service.turns.time.monotonic", lambda: next(clock))
    turns = Turns(1)
    with turns.one():
        pass
    assert turns.longest == 3.0
    with turns.one():
        pass
    assert 0.5 < turns.longest < 3.0
