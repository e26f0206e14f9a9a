"""`winnow bench reproduce`: make every figure of RESULTS.md again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def reproduce(
    only: Annotated[
        str | None, typer.Option("--only", metavar="TEXT", help="Only headings that hold this text.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="What the commands print is kept here.")] = Path(
        "bench-results"
    ),
    list_: Annotated[bool, typer.Option("--list", help="Show the commands, run nothing.")] = False,
) -> None:
    """Run the commands of benchmarks/RESULTS.md, in order: hours on two cores. Exit code 1 if any fails.

    Run it in a checkout. The judged collections are looked for in $WINNOW_SHARED, by default ../shared.
    """
    from benchmarks.reproduce import RESULTS, read_steps, run_step

    steps = [step for step in read_steps(RESULTS.read_text("utf-8")) if (only or "").lower() in step.title.lower()]
    if list_:
        print("\n\n".join(f"# {step.title}\n{step.script}" for step in steps))
        return
    environment = {"WINNOW_SHARED": "../shared", **os.environ, "OUT": str(out)}
    failed = 0
    for step in steps:
        outcome = run_step(step, out, environment)
        failed += outcome.code != 0
        verdict = "ok" if outcome.code == 0 else f"failed ({outcome.code})"
        print(f"{verdict:12} {outcome.seconds:8.0f} s  {step.title}: {outcome.output}")
    if failed:
        raise typer.Exit(1)
