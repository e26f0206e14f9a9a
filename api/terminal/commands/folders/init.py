"""`winnow init`: begin a `winnow.toml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from api.terminal.selecting import Exclude, Include
from engine.errors import UsageError
from engine.terminal.options import Collection, Home, Json, Preset, home_of, models_of
from engine.terminal.output import print_json, printable


def init(
    roots: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ROOTS]...", help="Folders, files or URLs that the collection keeps in step with."),
    ] = None,
    collection: Collection = "default",
    preset: Preset = None,
    include: Include = None,
    exclude: Exclude = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write a winnow.toml into this folder: which collection is kept in step with what, by `winnow update`.

    Without ROOTS it is this folder. Check the file in beside the documents; add collections to it by hand. Who gets it
    from elsewhere is asked before it is used.
    """
    from api.terminal.project import FILE, Wanted, read, written
    from api.terminal.trust import trust
    from engine.store.layout import check_name
    from indexer.folders.selection import place_of

    models_of(None, preset)
    folder, path = Path.cwd(), Path.cwd() / FILE
    named = map(place_of, roots or ["."])
    places = [place if isinstance(place, str) else _relative(place, folder) for place in named]
    wanted = Wanted(roots=places, preset=preset, include=include or [], exclude=exclude or [])
    text = written(check_name(collection), wanted)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("A path that is not UTF-8 cannot stand in a TOML file.", "Rename it.") from None
    try:
        with path.open("xb") as stream:
            stream.write(data)
    except FileExistsError:
        raise UsageError(f"There is a {path} already.", "Edit it, or remove it first.") from None
    trust(home_of(home), read(path))
    if as_json:
        print_json({"file": str(path), "collection": collection, "roots": places})
    else:
        print(f"{printable(str(path))}: written. `winnow update` reads it.")


def _relative(root: Path, folder: Path) -> str:
    """The path as the file has it: from its folder where it lies below, so that the folder can move."""
    path = Path(os.path.normpath(folder / root.expanduser()))
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
