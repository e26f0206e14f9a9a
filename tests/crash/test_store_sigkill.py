"""A writer killed at random moments: acknowledged commits are there, others are there wholly or not at all."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.support import store_children
from tests.support.processes import forkserver
from tests.support.stores import config, contents, fast_home


def _texts(home: Path) -> dict[str, str]:
    with open_generation(home, "docs") as generation:
        return {name: document.text for name, document in contents(generation).items()}


def _killed_ingest(home: Path, first: Any, delay: float) -> Any:
    """Let a child commit from number `first` on, kill it after `delay` seconds; returns the acknowledged commits."""
    context = forkserver()
    ours, theirs = context.Pipe()
    child = context.Process(target=store_children.ingest_until_killed, args=(home, first, theirs))
    child.start()
    theirs.close()
    assert ours.recv() == "ready"
    ours.send("go")
    time.sleep(delay)
    store_children.kill(child.pid or 0)
    acknowledged = []
    try:
        while True:
            acknowledged.append(ours.recv())
    except (EOFError, ConnectionResetError):  # reset: it was killed before it read what it was sent
        pass
    child.join()
    assert child.exitcode == -9
    return acknowledged


def check(trials: int, seed: int) -> None:
    """Every trial goes on with the collection that the one before left behind."""
    rng = random.Random(seed)
    with fast_home() as home:
        open_writer(home, "docs", config()).close()
        longest = 0.2  # seconds until the kill: fewer when commits are quick, more when the machine is slow or busy
        last, acknowledged, unfinished = -1, 0, 0
        for trial in range(trials):
            done = _killed_ingest(home, last + 1, rng.uniform(0, longest))
            longest *= 0.9 if done else 1.3
            assert done == list(range(last + 1, last + 1 + len(done)))
            last += len(done)
            acknowledged += len(done)
            texts = _texts(home)
            if texts != store_children.expected(last):  # the commit under way had happened already
                last += 1
                unfinished += 1
            assert texts == store_children.expected(last), trial
            report = verify(home, "docs")
            assert report.problems == (), (trial, report)
            last += 1
            store_children.write_commit(home, [last])
            assert _texts(home) == store_children.expected(last), trial
            if rng.random() < 0.3:
                with open_writer(home, "docs") as writer:
                    writer.sweep(0)
        report = verify(home, "docs")
        assert report.problems == ()
        print(f"{trials} kills, {acknowledged} acknowledged commits, {unfinished} landed unacknowledged")
        assert acknowledged  # else nothing was tried


def test_25_kills() -> None:
    check(25, seed=1)


@pytest.mark.timed
def test_200_kills() -> None:
    check(200, seed=2)
