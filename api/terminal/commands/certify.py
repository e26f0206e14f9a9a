"""`winnow certify`: measure what quantisation loses in a collection, and set the oversampling that keeps it small."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.terminal.options import Collection, Home, Json, home_of
from engine.terminal.output import print_json


def certify(
    collection: Collection = "default",
    home: Home = None,
    max_loss: Annotated[
        float,
        typer.Option(
            "--max-quantisation-loss",
            min=0.0,
            max=1.0,
            help="The most nDCG@10 to lose, by the upper end of the 95% interval.",
        ),
    ] = 0.01,
    queries: Annotated[
        Path | None, typer.Option("--queries", metavar="FILE.jsonl", help="Real queries; else some are made.")
    ] = None,
    qrels: Annotated[
        Path | None, typer.Option("--qrels", metavar="FILE.tsv", help="Their judgements: query, document, grade.")
    ] = None,
    pseudo: Annotated[int, typer.Option("--pseudo", min=10, help="How many queries to make.")] = 100,
    sample: Annotated[int, typer.Option("--sample", min=100, help="The most chunks to embed again.")] = 5000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure only, store nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Certify a collection's codes: their recall and loss against exact float32 search, by oversampling.

    The smallest oversampling (1 to 16) that keeps the loss in bounds is stored with the figures in a new generation.
    A model whose codes tell too little is refused.
    """
    from indexer.evaluation.certificate.certify import run_certification
    from indexer.evaluation.certificate.queries import Asked

    outcome = run_certification(
        home_of(home),
        collection,
        Asked(queries, qrels, pseudo),
        most_loss=max_loss,
        sample=sample,
        store=not dry_run,
    )
    if as_json:
        print_json(outcome)
    else:
        _show(outcome, stored=not dry_run)


def _show(outcome: Mapping[str, Any], *, stored: bool) -> None:
    from engine.terminal.table import console, plain_table, print_line

    out, found = console(), outcome["certificate"]
    table = plain_table(
        f"{outcome['collection']}: {found['queries']} queries ({found['source']}), "
        f"{found['sampled_chunks']} of {found['chunks']} chunks"
    )
    for name in ("oversampling", f"recall@{found['candidates']}", "95% interval", "nDCG@10 loss", "95% interval"):
        table.add_column(name, justify="right")
    for oversampling, figures in found["figures"].items():
        mark = "*" if int(oversampling) == found["oversampling"] else ""
        table.add_row(mark + oversampling, *_cells(figures["recall"]), *_cells(figures["loss"]))
    out.print(table)
    by = "judgements" if found["origin"] == "judged" else "ranks of the exact search"
    print_line(out, f"loss by {by}; * is the smallest that keeps it below {found['max_loss']}")
    print_line(out, f"stored as generation {outcome['generation']}" if stored else "nothing stored (--dry-run)")


def _cells(figure: Mapping[str, float]) -> tuple[str, str]:
    return f"{figure['mean']:.4f}", f"{figure['low']:.4f} to {figure['high']:.4f}"
