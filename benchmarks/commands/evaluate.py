"""`winnow bench evaluate`: score a TREC run from anywhere."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.options import DataSet, Measures, Split, listed
from engine.terminal.options import Json


def evaluate(
    run: Annotated[Path, typer.Argument(help="A TREC run file, plain or .gz.", show_default=False)],
    dataset: DataSet,
    split: Split = "test",
    measures: Measures = None,
    as_json: Json = False,
) -> None:
    """Score a TREC run file (extra `bench`).

    Ties go to the greater document id, as trec_eval has it; judged queries without an answer count as 0, queries that
    the split does not judge are left out.
    """
    from benchmarks.metrics import MEASURES, measures_of
    from benchmarks.metrics import evaluate as score
    from benchmarks.table import metric_table
    from benchmarks.trec import read_run
    from engine.errors import SourceNotFound
    from engine.terminal.table import console
    from indexer.evaluation.datasets import load_dataset

    chosen = measures_of(listed(measures or "")) or MEASURES
    if not run.is_file():
        raise SourceNotFound(f"There is no run file {run}.", "Give a TREC run, as --out DIR writes them.")
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as scratch:
        data = load_dataset(dataset, split, Path(scratch))
    ranked = read_run(run)
    scores = score(data.qrels, ranked, chosen)
    unanswered = [query for query in data.qrels if not ranked.get(query)]
    result = {
        "run": str(run),
        "dataset": data.name,
        "split": data.split,
        "queries": len(data.qrels),
        "unanswered": unanswered,
        "unjudged_queries": len(ranked.keys() - data.qrels.keys()),
        "metrics": scores,
    }
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
        return
    title = f"{data.name} ({data.split}, {len(data.qrels)} queries, {len(unanswered)} unanswered)"
    console().print(metric_table(title, {run.name: scores}, first="run"))
