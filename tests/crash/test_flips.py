"""Damage is never silent: a few of the trials that `python -m tests.crash.flips` makes by the hundred."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from engine.models import load_encoder
from tests.crash.flips import HARMS, harm, in_child, make, search, trials
from tests.support.stores import fast_home

TRIALS = 16


@pytest.mark.parametrize("index", ["exact", "faiss-hnsw"])
def test_a_search_over_damaged_files_is_right_or_says_so(index: str) -> None:
    load_encoder("bundled-static")
    told: Counter[str] = Counter()
    with fast_home() as home:
        make(home, index)
        for kind, what, verified, answer in trials(home, random.Random(index), TRIALS // 2):
            assert verified in ("found", "typed") or kind == "catalogue.sqlite", (kind, what, verified)
            assert answer in ("right", "typed"), (kind, what, answer)
            told[answer] += 1
    assert told["typed"] > TRIALS // 4


def test_a_child_that_is_ended_or_raises_is_told(tmp_path: Path) -> None:
    def die(home: Path) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return "it lives on"

    assert in_child(die, tmp_path) == "ENDED by signal 9"
    assert in_child(search, tmp_path) == "typed"
    assert in_child(lambda home: 1 / 0, tmp_path).startswith("UNTYPED ZeroDivisionError")  # type: ignore[arg-type, return-value]


def test_every_harm_changes_something() -> None:
    luck, seen = random.Random(0), set()
    for _ in range(100):
        what, data = harm(bytes(range(1, 200)), luck)
        seen.add(what.split()[0])
        assert data != bytes(range(1, 200))
    assert seen == set(HARMS)
