"""300 crash trials, spread over modes, operations and calls; `make crash` runs 10,000."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.crash.ledger import replay_line, run, table
from tests.crash.shim import missing
from tests.crash.trial import MODES
from tests.crash.workload import BEGUN, DONE, FAILED, State, commit, possible_states, progress

TRIALS = 300


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_300_trials() -> None:
    outcomes = list(run(range(TRIALS), workers=len(os.sched_getaffinity(0))))
    wrong = [f"{replay_line(outcome)}\n{outcome.plan}\n{outcome.problem}" for outcome in outcomes if outcome.problem]
    assert not wrong, "\n".join(wrong)
    assert len(outcomes) == TRIALS
    struck = [outcome for outcome in outcomes if outcome.hit != "none"]
    assert {outcome.plan.mode for outcome in struck} == set(MODES)
    assert {"write", "sync", "rename", "create", "unlink"} <= {outcome.hit for outcome in struck}
    assert len(struck) > 0.9 * TRIALS
    assert any(outcome.acknowledged for outcome in struck)
    assert f"{TRIALS} trials, 0 inconsistencies" in table(outcomes, "abc")


def test_what_may_be_there_after_a_crash() -> None:
    first, second = commit(1, ["a"]), commit(2, ["b"], ["a"])
    empty, one, two = State(), State({"a": 1}), State({"b": 2})
    operations = (first, second)

    def possible(*marks: Any) -> Any:
        return possible_states(empty, operations, [progress(*mark) for mark in marks])

    assert possible() == [empty]
    assert possible((0, BEGUN)) == [empty, one]
    assert possible((0, BEGUN), (0, DONE)) == [one]
    assert possible((0, BEGUN), (0, DONE), (1, BEGUN)) == [one, two]
    assert possible((0, BEGUN), (0, FAILED)) == [empty, one]
    assert possible((0, BEGUN), (0, FAILED), (1, BEGUN), (1, DONE)) == [two]
