"""One side of a comparison: the scores of one stage of one or more saved runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.output import SavedRun, read_output
from engine.errors import UsageError


@dataclass(frozen=True, slots=True)
class System:
    """One stage of one run. `scores`: query id -> metric -> value; `texts`: query id -> the query."""

    label: str
    stage: str
    result: Mapping[str, Any]
    scores: Mapping[str, Mapping[str, float]]
    texts: Mapping[str, str]

    @property
    def dataset(self) -> str:
        return f"{self.result['dataset']} ({self.result['split']})"

    @property
    def means(self) -> Mapping[str, float]:
        means: Mapping[str, float] = self.result["stages"][self.stage]
        return means


def read_systems(specification: str) -> list[System]:
    """`DIR[:STAGE][,DIR[:STAGE]...]`, one for each data set; STAGE defaults to the last that the run has.

    SourceNotFound for a folder that is no run; UsageError for a stage that the run lacks.
    """
    return [_read(part.strip()) for part in specification.split(",") if part.strip()]


def check_pairs(first: list[System], second: list[System]) -> None:
    """Raise UsageError unless both sides have the same data sets in the same order, each judged alike."""
    if not first or [system.dataset for system in first] != [system.dataset for system in second]:
        raise UsageError(
            f"The data sets differ: {_names(first)} against {_names(second)}.",
            "Give both sides runs of the same data sets and splits, in the same order.",
        )
    names = [system.dataset for system in first]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"{', '.join(repeated)} comes twice on one side.", "Give one run for each data set.")
    for a, b in zip(first, second, strict=True):
        if a.result["judgements_sha256"] != b.result["judgements_sha256"]:
            raise UsageError(
                f"The two runs of {a.dataset} were judged differently ({len(a.scores)} and {len(b.scores)} queries).",
                "Run both with the same --limit and the same judgements.",
            )


def _read(part: str) -> System:
    folder, stage = _split(part)
    run = read_output(folder)
    known = list(run.result["stages"])
    stage = stage or known[-1]
    if stage not in known:
        raise UsageError(f"{folder} has no stage {stage!r}.", f"It has: {', '.join(known)}.")
    return System(part, stage, run.result, _scores(run, stage), _texts(run))


def _split(part: str) -> tuple[Path, str]:
    """A folder whose own name holds a colon is taken as it is."""
    whole = Path(part).expanduser()
    folder, colon, stage = part.rpartition(":")
    if whole.is_dir() or not colon:
        return whole, ""
    return Path(folder).expanduser(), stage


def _scores(run: SavedRun, stage: str) -> dict[str, dict[str, float]]:
    return {record["query_id"]: record["scores"][stage] for record in run.queries}


def _texts(run: SavedRun) -> dict[str, str]:
    return {record["query_id"]: record["text"] for record in run.queries}


def _names(systems: list[System]) -> str:
    return ", ".join(system.dataset for system in systems) or "none"
