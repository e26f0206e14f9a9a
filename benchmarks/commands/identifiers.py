"""`winnow bench identifiers`: pasted identifiers and error messages, and whether their document is first."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.options import models_of
from engine.terminal.options import Json


def identifiers(
    trees: Annotated[
        list[Path], typer.Argument(help="Folders named as in benchmarks/identifiers/queries.jsonl.", exists=True)
    ],
    models: Annotated[
        str | None,
        typer.Option("--models", metavar="ENCODER[,RERANKER]", help="Another pair; `none` reranks nothing."),
    ] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Keep the index here for the next run.")] = None,
    as_json: Json = False,
) -> None:
    """Ask for pasted identifiers and error messages, and tell at which stage a document that holds them is first."""
    from benchmarks.identifiers.measure import STAGES, first, measure, pasted_queries

    encoder, reranker = models_of(models)
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as scratch:
        place = home.expanduser() if home else Path(scratch)
        placed = list(measure(trees, place, encoder, reranker, pasted_queries()))
    shares = {stage: first(placed, stage) for stage in STAGES if any(stage in one.ranks for one in placed)}
    missed = [one for one in placed if next(reversed(one.ranks.values()), None) != 1]
    if as_json:
        told = [{"query": one.pasted.query, "ranks": one.ranks} for one in missed]
        typer.echo(json.dumps({"queries": len(placed), "first": shares, "missed": told}, indent=2))
        return
    typer.echo(f"{len(placed)} queries")
    for stage, share in shares.items():
        typer.echo(f"{stage:>8}  first {share:.1%}")
    for one in missed:
        typer.echo(f"not first: {one.pasted.query}  {one.ranks}")
