"""`winnow bench scale`: index kinds over a million codes and more."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.options import Split, listed, whole_numbers
from engine.terminal.options import Json


def scale(
    dataset: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR_OR_NAME]",
            help="The data set whose embeddings are perturbed; by default the sample.",
            show_default=False,
        ),
    ] = None,
    split: Split = "test",
    codes: Annotated[int, typer.Option("--codes", min=200, help="How many codes.")] = 1_000_000,
    kinds: Annotated[
        str, typer.Option("--kinds", metavar="NAME,...", help="Index kinds beside the exact scan.")
    ] = "faiss-hnsw,faiss-ivf",
    oversampling: Annotated[
        str,
        typer.Option(
            "--oversampling",
            metavar="N,...",
            help="Binary candidates per rescored one; what a collection of the size takes.",
            show_default=False,
        ),
    ] = "",
    queries: Annotated[int, typer.Option("--queries", min=1, help="The most queries to ask.")] = 100,
    whole: Annotated[
        bool, typer.Option("--whole", help="A whole collection of as many chunks, with text, instead of codes alone.")
    ] = False,
    home: Annotated[
        Path | None, typer.Option("--home", help="Keep the data set's index here for the next run.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure the dense first pass over many codes: exact scan and index kinds beside faiss.IndexBinaryFlat.

    With --whole: how a collection of so many chunks opens, answers and rests in memory; its text is put together from
    the data set's sentences. Codes come from the data set's own embeddings, perturbed so that neighbours are as near
    as in reality (seeded).
    """
    from rich.console import Console

    from benchmarks.scale.run import Plan, run_scale
    from benchmarks.scale.whole import run_whole
    from data import SAMPLE
    from engine.vectors.oversampling import usual_oversampling
    from indexer.evaluation.datasets import load_dataset

    notes = Console(stderr=True, highlight=False, emoji=False)
    times = whole_numbers(oversampling, "--oversampling", "4,16") or (usual_oversampling(codes),)
    plan = Plan(codes, listed(kinds), queries, times)
    with tempfile.TemporaryDirectory(prefix="winnow-scale-") as folder:
        scratch = Path(folder, "codes")
        scratch.mkdir()
        place = home.expanduser() if home else Path(folder)
        data = load_dataset(dataset or str(SAMPLE), split, place / "datasets")
        if whole:
            result = run_whole(data, place, codes, queries, lambda text: notes.print(text, markup=False))
        else:
            result = run_scale(data, place, scratch, plan, lambda text: notes.print(text, markup=False))
    if as_json or whole:
        print(json.dumps(result, ensure_ascii=False, indent=None if as_json else 2))
    else:
        _show(result)


def _show(result: Mapping[str, Any]) -> None:
    from benchmarks.peers.load import MOST
    from engine.terminal.table import console, plain_table

    out = console()
    table = plain_table(
        f"First pass over {result['codes']} codes of {result['bits']} bits, {result['queries']} queries"
    )
    searched = {
        "oversampling": "oversampling",
        "p50_ms": "p50 ms",
        "p95_ms": "p95 ms",
        "ratio": "to IndexBinaryFlat",
        "recall": "recall@100",
    }
    built = {"build_s": "build s", "open_ms": "open ms", "index_mb": "index MB", "anonymous_mb": "anonymous MB"}
    table.add_column("kind", no_wrap=True)
    for title in (*searched.values(), *built.values()):
        table.add_column(title, justify="right")
    for row in result["searches"]:
        index = result["indexes"].get(row["kind"], {})
        cells = [row.get(column, "-") for column in searched] + [index.get(column, "-") for column in built]
        table.add_row(row["kind"], *map(str, cells))
    out.print(table)
    load = max(row["other_load"] or 0.0 for row in result["searches"])
    if load > MOST:
        out.print(f"WARNING: other processes took {load:.0%} of the machine: times compare little.")
