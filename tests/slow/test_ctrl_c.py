"""Ctrl-C in a real `winnow ingest` of the sample, at random moments: a few minutes, and it judges the clock."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from engine.store.generation import open_generation
from engine.store.repair.verify import verify

pytestmark = pytest.mark.timed

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
COMMIT_SECONDS = 4.0
LUCK = random.Random(13)
SHARES = [LUCK.uniform(0.05, 0.95) for _ in range(5)]

# `winnow` with a line on stdout for each change of its progress: the chunks that it has embedded.
# What a shell starts in the background ignores the signal, and so do its children.
CHILD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from contextlib import contextmanager
from api.terminal import cli, progress
drawn = progress.ingest_progress

@contextmanager
def counted():
    with drawn() as watch:
        def told(made):
            print(made.chunks, flush=True)
            watch(made)
        yield told

progress.ingest_progress = counted
cli.main()
"""


@dataclass(frozen=True)
class Run:
    code: int
    error: str
    chunks: list[tuple[float, int]]  # seconds since the start, chunks embedded by then

    @property
    def embedded(self) -> int:
        return self.chunks[-1][1] if self.chunks else 0

    @property
    def longest_step(self) -> float:
        """Seconds of the longest step of embedding, after which a commit can be made: the load decides it."""
        moments = [
            now for (now, count), (_, before) in zip(self.chunks[1:], self.chunks, strict=False) if count > before
        ]
        return max((after - before for before, after in pairwise(moments)), default=0.0)

    def seconds_of_the_last(self, chunks: int) -> float:
        """How long the run embedded what it embedded last."""
        before = [moment for moment, count in self.chunks if count <= self.embedded - chunks]
        return self.chunks[-1][0] - before[-1] if before and chunks > 0 else 0.0


def ingest(home: Path, until: float = float("inf")) -> Run:
    """Run to the end, or to Ctrl-C after so many seconds."""
    words = ["ingest", str(SAMPLE), "--home", str(home), "--text-first"]
    settings = os.environ | {"WINNOW_COMMIT_SECONDS": str(COMMIT_SECONDS)}
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings
    ) as child:
        assert child.stdout and child.stderr
        chunks = []
        sent = False
        for line in child.stdout:
            now = time.monotonic() - started
            if line.strip().isdecimal():
                chunks.append((now, int(line)))
            if now >= until and not sent:
                child.send_signal(signal.SIGINT)
                sent = True
        error = child.stderr.read()
    return Run(child.returncode, error, chunks)


def test_what_was_embedded_before_ctrl_c_is_not_embedded_again(tmp_path: Path) -> None:
    whole = ingest(tmp_path / "whole")
    assert whole.code == 0, whole.error
    first, last = (next(moment for moment, count in whole.chunks if count >= least) for least in (1, whole.embedded))
    for number, share in enumerate(SHARES):
        home = tmp_path / str(number)
        stopped = ingest(home, until=first + share * (last - first))
        assert stopped.code == 130, stopped.error
        assert "Interrupted. What was committed is kept; the same command does the rest." in stopped.error
        assert "Traceback" not in stopped.error
        rest = ingest(home)
        assert rest.code == 0, rest.error
        repeated = stopped.embedded + rest.embedded - whole.embedded
        lost = stopped.seconds_of_the_last(repeated)
        print(json.dumps({"share": share, "embedded": stopped.embedded, "repeated": repeated, "seconds": lost}))
        assert repeated >= 0 and lost <= COMMIT_SECONDS + 2 * stopped.longest_step
        assert not verify(home, "default").problems
        with open_generation(home, "default") as generation:
            assert generation.manifest.dense_coverage == 1.0
