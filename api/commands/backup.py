"""`winnow backup`: copy a collection away."""

from __future__ import annotations

from typing import Annotated

import typer

from api.options import Home, Json, home_of
from api.output import print_json, printable
from engine.errors import UsageError


def backup(
    collection: Annotated[str | None, typer.Argument(help="The collection's name.", show_default=False)] = None,
    destination: Annotated[
        str | None, typer.Argument(help="A folder, or a URL such as s3://bucket/path.", show_default=False)
    ] = None,
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
    if show:
        _list(destination or collection, as_json)
        return
    if collection is None or destination is None:
        raise UsageError("A collection and a destination are wanted.", "winnow backup COLLECTION DESTINATION")
    from engine.store.backup import back_up

    report = back_up(home_of(home), collection, destination, generation, check=check)
    done = {"id": report.backup.id, "copied": report.copied, "bytes": report.copied_bytes, "kept": report.kept}
    if as_json:
        print_json(done)
    else:
        print(f"{report.backup.id}: {report.copied} files copied ({report.copied_bytes:,} bytes), {report.kept} there")


def _list(destination: str | None, as_json: bool) -> None:
    from engine.store.backup import list_backups

    if destination is None:
        raise UsageError("A destination is wanted.", "winnow backup --list DESTINATION")
    found = [
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
        print(
            printable("{id}  {created_at}  {documents:,} documents  {chunks:,} chunks  {bytes:,} bytes".format(**line))
        )
