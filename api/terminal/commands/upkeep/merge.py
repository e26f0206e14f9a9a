"""`winnow merge`: few segments, no deleted rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from engine.terminal.options import CollectionArgument, Home, Json, NamedCollection, collection_of, home_of
from engine.terminal.output import count, print_json


def merge(
    argument: CollectionArgument = None,
    collection: NamedCollection = None,
    full: Annotated[bool, typer.Option("--full", help="Make one segment, whatever is due.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Merge a collection's segments, as ingesting does by itself. Answers stay the same; nothing is embedded again."""
    from indexer.upkeep import merge as run

    name = collection_of(argument, collection)
    report = run(home_of(home), name, full=full)
    if as_json:
        print_json({"collection": name, **asdict(report)})
    else:
        print(
            f"{name}: {count(report.segments_before, 'segment')}, now {report.segments_after} "
            f"({count(report.merges, 'merge')}, {count(report.written, 'chunk')} written, "
            f"{count(report.reclaimed, 'deleted one')} left behind)"
        )
