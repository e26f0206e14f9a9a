"""`winnow repair`: bring back what can be rebuilt."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from engine.terminal.options import CollectionArgument, Home, Json, collection_of, home_of
from engine.terminal.output import count, print_json

if TYPE_CHECKING:
    from engine.store.repair.segments import RepairReport


def repair(
    argument: CollectionArgument = None,
    collection: Annotated[
        str | None, typer.Option("--collection", "-c", help="The damaged collection.", show_default=False)
    ] = None,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="Rebuild the catalogue from the manifests.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Repair a damaged collection, or with --catalogue a home's catalogue. Deletes nothing.

    Damaged segments are set aside in quarantine/; vectors and BM25 are rebuilt from the stored text.
    Exit code 1 if documents were lost: their ids are printed, to be ingested again.
    """
    if (argument is None and collection is None) == (not catalogue):
        raise UsageError(
            "Name either a collection or the catalogue to repair.", "Use `winnow repair -c NAME` or `--catalogue`."
        )
    if catalogue:
        _repair_catalogue(home, as_json)
        return
    from indexer.repair import repair as run

    name = collection_of(argument, collection)
    report = run(home_of(home), name)
    if as_json:
        print_json({"collection": name, **asdict(report)})
    else:
        _show(name, report)
    if report.lost or report.lost_unnamed:
        raise typer.Exit(1)


def _show(collection: str, report: RepairReport) -> None:
    for path in report.restored:
        print(f"restored: {path}")
    for segment, parts in report.rebuilt.items():
        print(f"rebuilt: segment {segment} ({', '.join(parts)})")
    for path in report.quarantined:
        print(f"set aside: {path}")
    for document in report.lost:
        print(f"lost, ingest it again: {document}")
    if report.lost_unnamed:
        print(f"lost: {count(report.lost_unnamed, 'document')} whose ids cannot be read; ingest your sources again")
    for document in report.doubtful:
        print(f"kept, but perhaps deleted before: {document}")
    changed = report.restored or report.rebuilt or report.quarantined
    print(f"{collection}: {'repaired' if changed else 'nothing to repair'} (generation {report.generation})")


def _repair_catalogue(home: Home, as_json: bool) -> None:
    from engine.store.repair.catalogue import rebuild_catalogue

    restored = rebuild_catalogue(home_of(home))
    if as_json:
        print_json({"restored": list(restored)})
    else:
        print(f"restored: {', '.join(restored)}" if restored else "nothing to restore")
