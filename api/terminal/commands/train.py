"""`winnow train`: a reranker, an encoder or a static encoder from a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.terminal.options import Json
from engine.terminal.output import print_json

Kind = Literal["reranker", "encoder", "static"]


def train(
    kind: Annotated[Kind, typer.Argument(help="What to train.", show_default=False)],
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE.yaml", help="What to train it with.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Checkpoints, cache and model; by default the recipe's name."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in --out.")] = False,
    as_json: Json = False,
) -> None:
    """Train a model from a recipe, and package it as a directory that --models takes (extra `train`).

    A recipe names the base model, the data with their licences, how negatives are mined, loss, schedule, evaluation and
    seed; indexer/training/recipes has those of the bundled models. Runs on CUDA where it is there, else on the CPU.
    """
    from indexer.training.run import train as run

    done = run(kind, recipe, out, resume=resume)
    if as_json:
        print_json(done.to_json())
        return
    fitted = done.fitted
    print(f"{done.model}: loss {fitted.loss}, {fitted.rows} rows, {fitted.steps} steps in {fitted.seconds:.0f} s")
    for name, value in sorted(fitted.figures.items()):
        print(f"{name}: {value:.4f}")
