"""`winnow bench peers`: Winnow beside other engines, on the same texts, models and machine, in one run."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.options import DataSet, Split, listed, models_of
from engine.terminal.options import Json


def peers(
    dataset: DataSet,
    split: Split = "test",
    only: Annotated[
        str | None, typer.Option("--only", metavar="A,B", help="Only these peers; Winnow is not added.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N judged queries.")] = None,
    models: Annotated[
        str | None,
        typer.Option("--models", metavar="ENCODER[,RERANKER]", help="Another pair for all.", show_default=False),
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option("--home", help="Keep embeddings and Winnow's index here for the next run; else thrown away."),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write the table as Markdown there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure Winnow beside other engines: quality, latency, memory, build time and index size, as ratios.

    Each runs in a process of its own, one after another. One that is not installed is listed with what to install
    (extras `bench` and `peers`); one that fails, with its error.
    """
    from rich.console import Console

    from benchmarks.peers.registry import load_peer
    from benchmarks.peers.report import show, to_markdown
    from benchmarks.peers.run import Plan, run_peers

    names = listed(only or "")
    for name in names:
        load_peer(name)  # an unknown one is told before hours are spent
    encoder, reranker = models_of(models)
    notes = Console(stderr=True, highlight=False, emoji=False)
    with tempfile.TemporaryDirectory(prefix="winnow-peers-") as scratch:
        place = home.expanduser().resolve() if home else Path(scratch)
        plan = Plan(dataset, split, limit, place, encoder, reranker)
        result = run_peers(plan, names, lambda text: notes.print(text, style="dim", markup=False))
    if markdown is not None:
        markdown.write_text(to_markdown(result), encoding="utf-8")
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        show(result)
