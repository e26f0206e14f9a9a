"""`winnow verify`: check every byte of a collection."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from api.options import Collection, Home, Json, home_of


def verify(collection: Collection = "default", home: Home = None, as_json: Json = False) -> None:
    """Check a collection: checksums, row counts, offsets, statistics. Exit code 1 if anything is wrong."""
    from engine.store.verify import verify as run

    report = run(home_of(home), collection)
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        for problem in report.problems:
            print(problem)
        print(f"{collection}: {'clean' if not report.problems else f'{len(report.problems)} problems'}")
    if report.problems:
        raise typer.Exit(1)
