"""`winnow bench`: figures on judged collections. One command per file below benchmarks/commands."""

from __future__ import annotations

import typer

from benchmarks.assessment.assess_command import calibrate, silence, tuning
from benchmarks.assessment.sweep_command import sweep
from benchmarks.commands.check import check
from benchmarks.commands.cluster import cluster
from benchmarks.commands.compare import compare
from benchmarks.commands.datasets import datasets
from benchmarks.commands.document import document
from benchmarks.commands.evaluate import evaluate
from benchmarks.commands.identifiers import identifiers
from benchmarks.commands.peers import peers
from benchmarks.commands.reproduce import reproduce
from benchmarks.commands.rerank import rerank
from benchmarks.commands.run import run
from benchmarks.commands.scale import scale
from benchmarks.commands.snippets import snippets
from benchmarks.commands.speed import speed
from benchmarks.commands.typos import typos

app = typer.Typer(help="Measure search quality and speed on judged collections.", no_args_is_help=True)
for command in (
    run,
    evaluate,
    rerank,
    compare,
    check,
    datasets,
    identifiers,
    typos,
    snippets,
    document,
    peers,
    speed,
    scale,
    cluster,
    tuning,
    calibrate,
    silence,
    sweep,
    reproduce,
):
    app.command()(command)
