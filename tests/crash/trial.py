"""One crash trial: a seed chooses where the writer starts, what hits it and when; then the store is checked.

Replay one with `python -m tests.crash.trial SEED`: the same choices, though threads and random segment names may move
the calls by a few. The process that runs trials only ever forks: a child writes under the shim, another one checks, so
that neither a crash nor a leak of theirs reaches the next trial.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401 - what the children need is imported once, before any fork
import faiss  # noqa: F401

from engine.errors import DiskFull, StorageFailed
from tests.crash import workload
from tests.crash.checks import check
from tests.crash.disk import Disk
from tests.crash.shim import Call, Fault, Kind, Operation, Shim
from tests.crash.workload import BEGUN, DONE, FAILED, WORKLOAD, Session, possible_states, progress, states
from tests.support.stores import fast_home

SPAN = 2  # operations of one trial
MODES = ("stop", "tear", "shorten", "disk full", "disk full for good", "EIO", "EIO for good", "power loss")
_ROUND = tuple(mode for mode, share in zip(MODES, (3, 2, 1, 1, 2, 1, 1, 5), strict=True) for _ in range(share))
_GOLDEN = 0.6180339887498949  # its multiples fill [0, 1) evenly, wherever one stops
_TIMEOUT = 60.0  # seconds; a child that takes longer hangs


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seed stands for. `place` in [0, 1) is where among the calls it strikes.

    Consecutive seeds go round the modes, then the operations, and spread evenly over the calls.
    """

    seed: int
    mode: str
    start: int
    place: float
    kept: int

    @staticmethod
    def of(seed: int) -> Plan:
        luck = random.Random(seed)
        kept = luck.choice((0, 1, 500, 999, luck.randrange(1000)))
        start = seed // len(_ROUND) % len(WORKLOAD)
        return Plan(seed, _ROUND[seed % len(_ROUND)], start, seed * _GOLDEN % 1, kept)

    def fault(self, calls: int) -> Fault:
        at = 1 + int(self.place * calls)
        match self.mode:
            case "stop":
                return Fault(Kind.STOP, at)
            case "tear":
                return Fault(Kind.TEAR, at, kept=self.kept)
            case "shorten":
                return Fault(Kind.SHORTEN, at, kept=self.kept)
        number = errno.EIO if self.mode.startswith("EIO") else errno.ENOSPC
        return Fault(Kind.ERROR, at, number, lasting=self.mode.endswith("for good"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """`hit`: the kind of call that the fault met, or "none". `problem` is empty if the store was as it must be."""

    plan: Plan
    hit: str
    acknowledged: int
    seconds: float
    problem: str = ""


class Trials:
    """Runs trials in a folder of its own. Templates (the store before each operation) are made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        tempfile.tempdir = str(folder)  # tantivy's links, of which a check makes many
        self._shim = Shim()
        self._states = states()
        self._recordings: dict[int, list[Call]] = {}
        self._make_templates()

    def run(self, seed: int) -> Outcome:
        plan, begun = Plan.of(seed), time.monotonic()
        disk = self._folder / "disk"
        recording = self._recording(plan.start)
        try:
            hit, marks, problem = self._strike(plan, disk, recording)
            possible = possible_states(self._states[plan.start], _operations(plan.start), marks)
            problem = problem or self._in_child(lambda: check(disk / "home", possible))
        finally:
            shutil.rmtree(disk, ignore_errors=True)
        return Outcome(plan, hit, sum(mark % 3 == DONE for mark in marks), time.monotonic() - begun, problem)

    def _strike(self, plan: Plan, disk: Path, recording: list[Call]) -> tuple[str, list[int], str]:
        """Leave on `disk` what the plan makes of it; the kind of call it met, the marks, what the child complains of."""
        if plan.mode == "power loss":
            before = recording[: int(plan.place * len(recording))]
            remembered = Disk(self._template(plan.start))
            remembered.replay(before)
            remembered.write_to(disk, random.Random(plan.seed))
            hit = recording[len(before)].operation.name.lower()
            return hit, [call.offset for call in before if call.operation == Operation.MARK], ""
        shutil.copytree(self._template(plan.start), disk)
        fault = plan.fault(sum(call.operation != Operation.MARK for call in recording))
        problem = self._in_child(
            lambda: write(self._shim, disk, plan.start, fault), died=fault.kind in (Kind.STOP, Kind.TEAR)
        )
        hit = "none"
        if self._shim.fired:
            calls = [call for call in recording if call.operation != Operation.MARK]
            hit = calls[min(self._shim.fired, len(calls)) - 1].operation.name.lower()
        return hit, self._shim.marks(), problem

    def _recording(self, start: int) -> list[Call]:
        """The calls and marks of a run without a fault."""
        if start not in self._recordings:
            disk = self._folder / "disk"
            shutil.copytree(self._template(start), disk)
            problem = self._in_child(lambda: write(self._shim, disk, start, Fault()))
            shutil.rmtree(disk)
            if problem:
                raise AssertionError(problem)
            self._recordings[start] = self._shim.calls()
        return self._recordings[start]

    def _template(self, start: int) -> Path:
        return self._folder / f"template{start}"

    def _make_templates(self) -> None:
        """In this process, so that the children find every cache warm. No thread that this starts is in their way:
        tantivy's end with each commit, and Arrow's pools are rebuilt after a fork."""
        self._template(0).mkdir()
        for index, operation in enumerate(WORKLOAD):
            shutil.copytree(self._template(index), self._template(index + 1))
            session = Session(self._template(index + 1) / "home")
            operation.run(session)
            session.close()
        check(self._template(len(WORKLOAD)) / "home", [self._states[-1]])

    def _in_child(self, work: Callable[[], object], *, died: bool = False) -> str:
        """Run `work` in a forked child; what went wrong, or an empty string. If `died`, it may have been killed."""
        self._shim.reset()
        report = self._folder / "report"
        report.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            _run_and_exit(work, report)
        status = _wait(child)
        if status is None:
            return f"the child hung for {_TIMEOUT:.0f} s"
        if status == -9 and died and self._shim.fired:
            return ""
        text = report.read_text() if report.exists() else ""
        return text or (f"the child ended with {status}" if status else "")


def write(shim: Shim, disk: Path, start: int, fault: Fault) -> None:
    """The writer: some operations under the shim, each marked when begun and when acknowledged. If some fail, the
    fault is lifted and they are run again by the same writer."""
    shim.arm(disk, fault)
    session = Session(disk / "home")
    for attempt_again in (False, True):
        failed = [_attempt(shim, session, index, operation, fault) for index, operation in _numbered(start)]
        if not any(failed):
            break
        if attempt_again:
            raise AssertionError("it fails without a fault")
        shim.set(Fault())
    session.close()


def _attempt(shim: Shim, session: Session, index: int, operation: workload.Operation, fault: Fault) -> bool:
    """Whether the operation failed."""
    shim.mark(progress(index, BEGUN))
    try:
        operation.run(session)
    except Exception as error:
        if fault.kind != Kind.ERROR or not shim.fired:
            raise
        if not isinstance(error, (DiskFull, StorageFailed) if fault.errno == errno.ENOSPC else StorageFailed):
            raise
        shim.mark(progress(index, FAILED))
        return True
    shim.mark(progress(index, DONE))
    return False


def _operations(start: int) -> Sequence:  # type: ignore[type-arg]
    return WORKLOAD[start : start + SPAN]


def _numbered(start: int) -> Any:
    return enumerate(_operations(start))


def _run_and_exit(work: Callable[[], object], report: Path) -> None:
    """The child's whole life: it never returns into the parent's code."""
    try:
        work()
        os._exit(0)
    except BaseException:
        report.write_text(traceback.format_exc())
    os._exit(1)


def _wait(child: int) -> int | None:
    """Its exit code, minus the signal that killed it, or None after killing it because it hung."""
    deadline, pause = time.monotonic() + _TIMEOUT, 0.0005
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.01)


if __name__ == "__main__":
    with fast_home() as home:
        home.mkdir()
        trials = Trials(home.resolve())
        for argument in sys.argv[1:]:
            outcome = trials.run(int(argument))
            print(outcome.plan, outcome.hit, outcome.acknowledged, f"{outcome.seconds:.2f} s")
            print(outcome.problem or "as it must be")
