"""Crash trials by the thousand, and the table of what came out: `make crash`, or `python -m tests.crash.ledger`.

Seeds run from 0. Results are kept in .crash/, one file a commit: a run that was interrupted goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.crash.shim import missing
from tests.crash.trial import MODES, Outcome, Plan, Trials
from tests.support.stores import fast_home

ROOT = Path(__file__).parents[2]
LEDGER = Path(__file__).with_name("LEDGER.md")
_CHUNK = 5  # seeds handed to a worker at once
_trials: Trials | None = None  # of a worker process


def run(seeds: Iterable[int], workers: int) -> Iterator[Outcome]:
    """The outcomes of these seeds, in order, from worker processes that share a folder in memory."""
    with fast_home() as folder:
        folder.mkdir()
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, _start, (folder.resolve(),)) as pool:  # a Pool starts failures again
            yield from pool.map(_run, seeds, chunksize=_CHUNK)


def replay_line(outcome: Outcome) -> str:
    return f"python -m tests.crash.trial {outcome.plan.seed}"


def _start(folder: Path) -> None:
    global _trials
    own = folder / str(os.getpid())
    own.mkdir()
    _trials = Trials(own)


def _run(seed: int) -> Outcome:
    assert _trials is not None
    return _trials.run(seed)


def _commit() -> str:
    """The commit of the working tree, with a plus if anything but the ledger was changed since."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", ".", f":!{LEDGER.relative_to(ROOT)}")
    return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")


def _read(path: Path) -> list[Outcome]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Outcome(**{**data, "plan": Plan(**data["plan"])}) for data in map(json.loads, lines)]


def table(outcomes: list[Outcome], commit: str) -> str:
    """LEDGER.md."""
    wrong = [outcome for outcome in outcomes if outcome.problem]
    seconds = sum(outcome.seconds for outcome in outcomes)
    lines = [
        "# Crash ledger",
        "",
        "Written by `make crash`. How a trial works: `trial.py`; what is done to the writer: `shim.c`; what a power",
        "failure may leave: `disk.py`; what the writer does meanwhile: `workload.py`; what must hold after: `checks.py`.",
        "",
        f"{len(outcomes):,} trials, {len(wrong)} inconsistencies; seeds 0 to {max(o.plan.seed for o in outcomes)}; "
        f"commit {commit}; {datetime.now(UTC):%Y-%m-%d}; {seconds / 60:.0f} minutes of worker time.",
        "",
        "| mode | trials | struck | acknowledged operations | inconsistencies | calls that were struck |",
        "|---|---|---|---|---|---|",
    ]
    for mode in MODES:
        own = [outcome for outcome in outcomes if outcome.plan.mode == mode]
        struck = [outcome for outcome in own if outcome.hit != "none"]
        kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(o.hit for o in struck).most_common())
        acknowledged, failed = sum(o.acknowledged for o in own), sum(bool(o.problem) for o in own)
        lines.append(f"| {mode} | {len(own)} | {len(struck)} | {acknowledged} | {failed} | {kinds} |")
    lines += ["", *(f"    {replay_line(outcome)}" for outcome in wrong)]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    if missing():
        print(missing(), file=sys.stderr)
        return 1
    commit = _commit()
    kept = ROOT / ".crash" / f"{commit}.jsonl"
    kept.parent.mkdir(exist_ok=True)
    outcomes = _read(kept)
    done = {outcome.plan.seed for outcome in outcomes}
    begun = time.monotonic()
    with kept.open("a", encoding="utf-8") as stream:
        seeds = [seed for seed in range(options.trials) if seed not in done]
        for outcome in run(seeds, options.workers):
            stream.write(json.dumps(asdict(outcome)) + "\n")
            stream.flush()
            outcomes.append(outcome)
            if outcome.problem:
                print(f"{replay_line(outcome)}\n{outcome.plan}\n{outcome.problem}", flush=True)
            if len(outcomes) % 250 == 0:
                print(f"{len(outcomes)} of {options.trials}, {time.monotonic() - begun:.0f} s", flush=True)
                LEDGER.write_text(table(outcomes, commit), encoding="utf-8")
    LEDGER.write_text(table(outcomes, commit), encoding="utf-8")
    return int(any(outcome.problem for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
