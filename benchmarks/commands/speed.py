"""`winnow bench speed`: the parts of the query path against the libraries that do the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.options import models_of
from engine.extras import needs
from engine.terminal.options import Json

if TYPE_CHECKING:
    from collections.abc import Mapping


def speed(
    rows: Annotated[int, typer.Option("--rows", min=1, help="Codes to scan.")] = 1_000_000,
    bits: Annotated[int, typer.Option("--bits", min=8, help="Bits of a code, a multiple of 8.")] = 384,
    texts: Annotated[int, typer.Option("--texts", min=1, help="Passages for the models.")] = 32,
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, help="Runs of each; encoder and reranker make a fifth.")
    ] = 15,
    models: Annotated[
        str | None, typer.Option("--models", metavar="ENCODER[,RERANKER]", help="Another pair.", show_default=False)
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Also draw them (.svg).", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure the parts of a query, and a whole one, beside the libraries that do the same, in turns.

    They are FAISS, USearch, NumPy, tantivy, bm25s, sentence-transformers (torch, ONNX, OpenVINO), fastembed and
    FlashRank, with the same weights; one that is not installed is named. The floor is the work divided by what this
    machine multiplies and reads in a second. Ratios are medians divided by Winnow's, and left out where other
    processes used the machine meanwhile.
    """
    from benchmarks.speed.run import Plan, run_speed
    from engine.errors import UsageError

    if bits % 8:
        raise UsageError(f"--bits must be a multiple of 8, not {bits}.")
    encoder, reranker = models_of(models)
    if plot:
        with needs("bench", "A plot"):
            from benchmarks.speed.plot import write_plot
    result = run_speed(Plan(rows, bits, texts, rounds, encoder, reranker))
    if plot:
        write_plot(result["parts"], plot)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        _show(result)


def _show(result: Mapping[str, Any]) -> None:
    from engine.terminal.table import console, plain_table

    out = console()
    table = plain_table("Ratios are to Winnow: above 1, Winnow is faster")
    for name in ("part", "contender", "min ms", "median ms", "per second", "ratio"):
        table.add_column(name, justify="left" if name in ("part", "contender") else "right")
    for part, found in result["parts"].items():
        for name, row in found["contenders"].items():
            ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
            cells = (f"{row['min_ms']:.2f}", f"{row['median_ms']:.2f}", f"{row['per_second']:.0f}", ratio)
            table.add_row(f"{part} ({found['rows']})", name, *cells)
    out.print(table)
    for part, found in result["parts"].items():
        for line in found.get("missing", ()):
            out.print(f"{part}: {line}", markup=False)
        if any(row["ratio"] is None for row in found["contenders"].values()):
            busy = f"{part}: other processes took {found['other_load']:.0%} of the machine: no ratios. Run again."
            out.print(f"WARNING: {busy}", markup=False)
