"""`winnow backup`: copy a collection away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.errors import UsageError
from engine.terminal.options import Home, Json, NamedCollection, collection_of, home_of
from engine.terminal.output import count, print_json, printable


def backup(
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[COLLECTION] DESTINATION",
            help="A folder, or a URL such as s3://bucket/path. A collection may be named before it, as by -c.",
            show_default=False,
        ),
    ] = None,
    collection: NamedCollection = None,
    generation: Annotated[
        int | None, typer.Option("--generation", help="An older generation that is still kept.", show_default=False)
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read what is there already; replace what is damaged.")
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="List what DESTINATION holds, and copy nothing.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Copy one generation of a collection. Only files that the destination lacks are copied; it may hold many backups.

    Searching and writing go on meanwhile. `winnow backup --list DESTINATION` lists the backups there.
    """
    if not places or len(places) > 2:
        raise UsageError("One destination is needed.", "winnow backup -c COLLECTION DESTINATION")
    *before, destination = places
    if show:
        _list(destination, as_json)
        return
    from engine.store.backups.backup import back_up

    if not before and collection is None and _is_collection(home, destination):
        raise UsageError(
            f"{destination!r} is a collection: a destination is needed.", "winnow backup -c COLLECTION DESTINATION"
        )
    name = collection_of(before[0] if before else None, collection)
    report = back_up(home_of(home), name, destination, generation, check=check)
    done = {"id": report.backup.id, "copied": report.copied, "bytes": report.copied_bytes, "kept": report.kept}
    if as_json:
        print_json(done)
    else:
        copied = f"{count(report.copied, 'file')} copied ({count(report.copied_bytes, 'byte')})"
        print(f"{report.backup.id}: {copied}, {report.kept} there")


def _is_collection(home: Path | None, name: str) -> bool:
    from engine.store.catalogue.catalogue import Catalogue

    return any(row.name == name for row in Catalogue(home_of(home)).rows())


def _list(destination: str, as_json: bool) -> None:
    from engine.store.backups.backup import list_backups

    found: list[dict[str, Any]] = [
        {
            "id": backup.id,
            "created_at": backup.created_at,
            "collection": backup.manifest.collection,
            "generation": backup.manifest.generation,
            "documents": backup.manifest.living.documents,
            "chunks": backup.manifest.living.chunks,
            "bytes": backup.bytes,
        }
        for backup in list_backups(destination)
    ]
    if as_json:
        print_json({"backups": found})
        return
    for line in found:
        held = "  ".join(count(line[f"{noun}s"], noun) for noun in ("document", "chunk", "byte"))
        print(printable(f"{line['id']}  {line['created_at']}  {held}"))
