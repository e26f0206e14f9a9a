"""`winnow gc`: remove what no generation needs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from engine.errors import StoreDamaged
from engine.terminal.options import CollectionArgument, Home, Json, NamedCollection, collection_of, home_of
from engine.terminal.output import count, print_json


def gc(
    argument: CollectionArgument = None,
    collection: NamedCollection = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing, show what would go.")] = False,
    grace: Annotated[
        float | None,
        typer.Option(
            "--grace", min=0, metavar="SECONDS", help="Keep files that are younger than this.", show_default=False
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Remove retired generations and leftovers that are old enough, and that no reader holds.

    Every ingest does so at its end. Damaged segments in quarantine/ stay.
    """
    from indexer.upkeep import collect_garbage

    name = collection_of(argument, collection)
    report = collect_garbage(home_of(home), name, dry_run=dry_run, grace_seconds=grace)
    if report.refused:
        raise StoreDamaged(f"Nothing was removed: {report.refused}.", f"Run `winnow repair -c {name}`.")
    if as_json:
        print_json({"collection": name, "dry_run": dry_run, **asdict(report)})
        return
    for path in report.removed:
        print(path)
    done = "would be removed" if dry_run else "removed"
    removed = count(len(report.removed), "file or folder", "files and folders")
    print(f"{name}: {removed} {done}, {count(report.bytes, 'byte')}")
