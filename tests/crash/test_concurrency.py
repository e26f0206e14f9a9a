"""Readers in processes and threads, one writer, deletes, pins and sweeps at once; ten minutes of it by `make soak`."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.store.layout import Home
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from tests.crash import soak
from tests.crash.workload import NAME
from tests.support.stores import config, fast_home

SECONDS = float(os.environ.get("WINNOW_SOAK_SECONDS", "30"))
READERS = 2
MIB = 1 << 20
SWING = 48 * MIB  # tantivy's writer takes and gives back arenas of some 14 MiB; after warming up, three more or less


def together(home: Path, seconds: float) -> Any:
    """The reports of the writer and of the readers."""
    context = multiprocessing.get_context("spawn")
    until = time.monotonic() + seconds
    children, pipes = [], []
    workers: list[tuple[Callable[..., object], tuple[int, ...]]] = [(soak.write, ())]
    workers += [(soak.read, (seed,)) for seed in range(READERS)]
    for target, extra in workers:
        ours, theirs = context.Pipe()
        children.append(context.Process(target=target, args=(home, until, *extra, theirs)))
        children[-1].start()
        theirs.close()
        pipes.append(ours)
    reports = [pipe.recv() for pipe in pipes]
    for child in children:
        child.join()
        assert child.exitcode == 0
    return reports


def grown(samples: Any) -> Any:
    """By how much the median of the last third exceeds that of the middle third; the first is for warming up."""
    third = len(samples) // 3
    middle, last = sorted(samples[third : 2 * third]), sorted(samples[2 * third :])
    return last[len(last) // 2] - middle[len(middle) // 2]


def left_behind(handles: Any) -> Any:
    """Handles that are open after the last round and were not after the first."""
    return handles[-1] - handles[0]


def check(home: Path, seconds: float) -> None:
    open_writer(home, NAME, config()).close()
    reports = together(home, seconds)
    for report in reports:
        assert not report.wrong, report.wrong[:5]
        assert report.rounds >= 3
        assert len(report.usage.handles) >= 2
        assert left_behind(report.usage.handles) < 8, report.usage.handles
        assert grown(report.usage.resident) < SWING, report.usage.resident
    writer = reports[0]
    assert max(writer.usage.segments) < 40, writer.usage.segments
    assert grown(writer.usage.segments) < 10
    with open_writer(home, NAME) as last:
        last.sweep(0)
    assert verify(home, NAME).problems == verify(home, NAME).notes == ()
    (layout,) = Home(home).all_collections()
    assert len(list(layout.segments.iterdir())) <= 2
    megabytes = [f"{grown(report.usage.resident) / MIB:+.1f}" for report in reports]
    handles = [f"{left_behind(report.usage.handles):+d}" for report in reports]
    print(
        f"{seconds:.0f} s: {writer.rounds} commits, {[report.rounds for report in reports[1:]]} generations read, "
        f"resident MiB {megabytes}, handles {handles}, at most {max(writer.usage.segments)} segments"
    )


@pytest.mark.timed
@pytest.mark.timeout(SECONDS + 300)
def test_readers_and_a_writer_at_once() -> None:
    with fast_home() as home:
        check(home, SECONDS)
