"""Suites: published collections that are reported together, each set once, and their mean.

A suite goes on where it was cut short: a set whose result lies in the suite's folder is not run again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.output import read_result, write_output
from benchmarks.runner import STAGES, Outcome
from engine.errors import UsageError
from indexer.evaluation.datasets.named import named_datasets

Stages = Mapping[str, Mapping[str, float]]  # stage -> metric -> value
RunSet = Callable[[str, str], Outcome]  # a set's name and split

_ASKED = "suite.json"
_FORUMS = "cqadupstack"
_OTHER_SPLITS = {"msmarco": "dev"}  # where the split that everybody reports is not `test`
SUITES = ("nanobeir", "beir", _FORUMS)


def sets_of(suite: str) -> list[str]:
    """Names of a suite's sets, in the order of names.yaml."""
    names = list(named_datasets())
    if suite == "nanobeir":
        return [name for name in names if name.startswith("nano-")]
    if suite == _FORUMS:
        return [name for name in names if name.startswith(f"{_FORUMS}-")]
    return [name for name in names if not name.startswith("nano-")]


def run_suite(
    suite: str, split: str, run: RunSet, out: Path | None, asked: Mapping[str, Any], tell: Callable[[str], None]
) -> dict[str, Any]:
    """Run every set that is not done, and give `sets` (name -> stages) and their `mean`.

    `out` keeps each set's folder, and `asked`, the options, to which it then belongs: UsageError for others. `tell`
    hears what each set is about to do.
    """
    if out is not None:
        _claim(out, {"suite": suite, "split": split, **asked})
    sets: dict[str, Stages] = {}
    for place, name in enumerate(names := sets_of(suite), start=1):
        folder = None if out is None else out / name
        done = None if folder is None else read_result(folder)
        tell(f"{name} ({place} of {len(names)}){': done before' if done else ''}")
        if done is None:
            outcome = run(name, _OTHER_SPLITS.get(name, split) if split == "test" else split)
            if folder is not None:
                write_output(folder, outcome)
            done = outcome.result
        sets[name] = done["stages"]
    return {"suite": suite, "split": split, **asked, "sets": sets, "mean": mean_of(sets)}


def mean_of(sets: Mapping[str, Stages]) -> dict[str, dict[str, float]]:
    """The mean of each metric over the sets, of the stages that all have. Where other sets are there too, the forums of
    CQADupStack count as one set, as BEIR has it.
    """
    forums = [stages for name, stages in sets.items() if name.startswith(_FORUMS)]
    others = [stages for name, stages in sets.items() if not name.startswith(_FORUMS)]
    return _mean([*others, _mean(forums)] if forums and others else sets.values())


def _mean(sets: Iterable[Stages]) -> dict[str, dict[str, float]]:
    known = list(sets)
    shared = [stage for stage in STAGES if all(stage in stages for stages in known)]
    return {
        stage: {metric: fmean(stages[stage][metric] for stages in known) for metric in known[0][stage]}
        for stage in shared
    }


def _claim(out: Path, asked: Mapping[str, Any]) -> None:
    """Make the folder that of these options. UsageError if it is another's."""
    file = out / _ASKED
    if file.is_file():
        before = json.loads(file.read_text("utf-8"))
        differing = sorted(name for name in asked.keys() | before.keys() if asked.get(name) != before.get(name))
        if differing:
            raise UsageError(
                f"{out} holds a suite that was run with other options: {', '.join(differing)} differ.",
                "Repeat its options to go on with it, or name another folder with --out.",
            )
        return
    out.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asked, indent=1, ensure_ascii=False) + "\n", "utf-8")
