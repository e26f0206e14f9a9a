"""`winnow restore`: bring a backup back."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.terminal.options import Home, Json, home_of
from engine.terminal.output import count, print_json


def restore(
    source: Annotated[str, typer.Argument(help="Where `winnow backup` copied to.", show_default=False)],
    backup: Annotated[
        str | None, typer.Option("--backup", help="The id of a backup (`winnow backup --list`).", show_default=False)
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option("--collection", "-c", help="The newest backup of this collection.", show_default=False),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Another name for the restored collection.", show_default=False)
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a collection from a backup, by default the newest. Every checksum is checked before anybody can see it.

    Never replaces a collection: where the name is taken, give another.
    """
    from engine.store.backups.restore import restore as run

    done = run(home_of(home), source, backup=backup, collection=collection, name=name)
    living = done.backup.manifest.living
    if as_json:
        print_json({"collection": done.name, "backup": done.backup.id, "documents": living.documents})
    else:
        held = f"{count(living.documents, 'document')}, {count(living.chunks, 'chunk')}"
        print(f"{done.name}: {held} restored from {done.backup.id}")
