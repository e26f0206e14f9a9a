"""`winnow verify`: check every byte of a collection."""

from __future__ import annotations

from dataclasses import asdict

import typer

from engine.terminal.options import Collection, Home, Json, home_of
from engine.terminal.output import print_json


def verify(collection: Collection = "default", home: Home = None, as_json: Json = False) -> None:
    """Check a collection: checksums, row counts, offsets, statistics. Exit code 1 if anything is wrong."""
    from engine.store.repair.verify import verify as run

    report = run(home_of(home), collection)
    if as_json:
        print_json(asdict(report))
    else:
        for problem in report.problems:
            print(problem)
        print(f"{collection}: {'damaged' if report.problems else 'clean'}")
    if report.problems:
        raise typer.Exit(1)
