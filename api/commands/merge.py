"""`winnow merge`: few segments, no dead rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from api.options import Home, Json, home_of
from api.output import print_json


def merge(
    collection: Annotated[str, typer.Argument(help="The collection's name.")] = "default",
    full: Annotated[bool, typer.Option("--full", help="Make one segment, whatever is due.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Merge a collection's segments, as ingesting does by itself. Answers stay the same; nothing is embedded again."""
    from indexer.upkeep import merge as run

    report = run(home_of(home), collection, full=full)
    if as_json:
        print_json({"collection": collection, **asdict(report)})
    else:
        print(
            f"{collection}: {report.segments_before} segments, now {report.segments_after} ({report.merges} merges, "
            f"{report.written} chunks written, {report.reclaimed} dead ones left behind)"
        )
