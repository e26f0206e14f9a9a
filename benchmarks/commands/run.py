"""`winnow bench run`: index a judged collection, run every query, report each stage."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.options import DataSet, Measures, Split, listed, models_of
from engine.errors import UsageError
from engine.terminal.options import Json


def run(
    dataset: DataSet,
    split: Split = "test",
    models: Annotated[
        str | None,
        typer.Option("--models", metavar="ENCODER[,RERANKER]", help="Another pair.", show_default=False),
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option("--home", help="Keep the index here for the next run; else it is thrown away."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change the recipe, e.g. rerank=none (repeatable)."),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N judged queries.")] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Add exact float32 search (stage dense_float); encodes everything again.")
    ] = False,
    via: Annotated[str, typer.Option("--via", help="`process`, or `http`: through a live server.")] = "process",
    url: Annotated[
        str | None,
        typer.Option("--url", help="A server of the same --home; else one is started.", show_default=False),
    ] = None,
    budget_ms: Annotated[
        float | None,
        typer.Option("--budget-ms", min=0.001, help="For each query; what is not reranked in time keeps its order."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write result.json, per_query.jsonl and runs/<stage>.trec there."),
    ] = None,
    measures: Measures = None,
    as_json: Json = False,
) -> None:
    """Index a judged collection, run every query, report each stage. It needs the extra `bench`.

    The names nanobeir, beir and cqadupstack stand for all of their sets: each is run, and the mean is given. With
    --out, a set that is done is not run again.
    """
    from benchmarks.metrics import MEASURES, measures_of
    from benchmarks.output import write_output
    from benchmarks.runner import Outcome, run_benchmark, run_over_http
    from benchmarks.suite import SUITES, run_suite
    from benchmarks.table import show, show_suite
    from indexer.evaluation.datasets import load_dataset
    from indexer.evaluation.progress import progress

    encoder, reranker = models_of(models)
    wanted = listed(measures or "")
    columns = list(measures_of(wanted) or MEASURES)
    _check(via, url, home, set_, exact)

    def run_one(name: str, part: str) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="winnow-bench-") as scratch:
            place = home.expanduser() if home else Path(scratch)
            data = load_dataset(name, part, place / "datasets").limited(limit)
            how: dict[str, Any] = {"encoder": encoder, "reranker": reranker, "budget_ms": budget_ms, "measures": wanted}
            with progress(len(data.queries)) as watch:
                if via == "http":
                    return run_over_http(data, place, **how, url=url, watch=watch)
                return run_benchmark(data, place, **how, settings=set_ or (), exact=exact, watch=watch)

    if dataset.lower() in SUITES and not Path(dataset).exists():
        asked: dict[str, Any] = {
            "models": {"encoder": encoder, "reranker": reranker},
            "settings": set_ or [],
            "limit": limit,
        }
        asked |= {"exact": exact, "via": via, "budget_ms": budget_ms, "measures": columns}
        whole = run_suite(dataset.lower(), split, run_one, out, asked, lambda line: print(line, file=sys.stderr))
        if as_json:
            print(json.dumps(whole, ensure_ascii=False))
        else:
            show_suite(whole)
        return
    outcome = run_one(dataset, split)
    if out is not None:
        write_output(out, outcome)
    if as_json:
        print(json.dumps(outcome.result, ensure_ascii=False))
    else:
        show(outcome.result)


def _check(via: str, url: str | None, home: Path | None, settings: list[str] | None, exact: bool) -> None:
    """Raise UsageError for options that do not go together."""
    if via not in ("process", "http"):
        raise UsageError(f"--via takes process or http, not {via!r}.")
    if via == "http" and (settings or exact):
        raise UsageError("--set and --exact change what this process does, not a server.", "Leave out --via http.")
    if url is not None and (via != "http" or home is None):
        raise UsageError("--url names a server of --home.", "Give --via http and the server's --home, too.")
