"""The folder of one run: result.json, per_query.jsonl, runs/<stage>.trec. Written by `run --out`, read by `compare`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.runner import Outcome
from benchmarks.trec import write_run
from engine.errors import SourceNotFound
from indexer.evaluation.datasets.records import read_records

_RESULT, _PER_QUERY, _RUNS = "result.json", "per_query.jsonl", "runs"


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A run's result and one record per query: query_id, text, scores {stage: {metric: value}}, latency_ms, ..."""

    path: Path
    result: dict[str, Any]
    queries: list[dict[str, Any]]


def write_output(directory: Path, outcome: Outcome) -> None:
    """Write the run's folder, over an earlier one. The result comes last: where it is, the folder is whole.

    UsageError if an id is empty, which a TREC file cannot say.
    """
    (directory / _RUNS).mkdir(parents=True, exist_ok=True)
    (directory / _RESULT).unlink(missing_ok=True)
    with (directory / _PER_QUERY).open("w", encoding="utf-8") as stream:
        for query in outcome.dataset.qrels:
            stream.write(json.dumps(_record(outcome, query), ensure_ascii=False) + "\n")
    for stage in outcome.values:
        run = {query: answer.stages.get(stage, ()) for query, answer in outcome.answers.items()}
        write_run(directory / _RUNS / f"{stage}.trec", run, f"winnow-{stage}")
    unfinished = directory / f"{_RESULT}.unfinished"
    unfinished.write_text(json.dumps(outcome.result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.replace(directory / _RESULT)


def read_result(directory: Path) -> dict[str, Any] | None:
    """The result of a run that was written whole, None where there is none."""
    file = directory / _RESULT
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def read_output(directory: Path) -> SavedRun:
    """Read what a run has written. SourceNotFound if the folder is not one that `winnow bench run --out` wrote."""
    for name in (_RESULT, _PER_QUERY):
        if not (directory / name).is_file():
            raise SourceNotFound(f"{directory} has no {name}.", "Make it with `winnow bench run ... --out DIR`.")
    result = json.loads((directory / _RESULT).read_text(encoding="utf-8"))
    return SavedRun(directory, result, [dict(record) for record in read_records([directory / _PER_QUERY])])


def _record(outcome: Outcome, query: str) -> dict[str, Any]:
    answer = outcome.answers[query]
    return {
        "query_id": query,
        "text": outcome.dataset.queries.get(query, ""),
        "scores": {
            stage: {metric: values[query] for metric, values in scores.items()}
            for stage, scores in outcome.values.items()
        },
        "timings_ms": {name: round(ms, 3) for name, ms in answer.timings_ms.items()},
        "degraded": list(answer.degraded),
        "error": answer.error,
    }
