"""`winnow collections`: which collections there are, another name for one, deleting one."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields
from typing import Annotated

import typer

from engine.errors import UsageError
from engine.terminal.options import Format, Home, Json, format_of, home_of
from engine.terminal.output import count, print_json, printable
from engine.terminal.records import print_records

app = typer.Typer(help="Collections: list, rename, delete.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The collection's name.", show_default=False)]


@app.command("list")
def list_collections(home: Home = None, format: Format = None, as_json: Json = False) -> None:
    """Show every collection with its documents, chunks, generation and last change."""
    from engine.store.collections import CollectionSummary
    from engine.store.collections import list_collections as run

    chosen, place = format_of(format, as_json), home_of(home)
    if chosen == "files":
        raise UsageError("Collections are no files.", "`winnow ls --format files` lists those of one collection.")
    found = run(place)
    if chosen == "json":
        print_json({"home": str(place), "collections": [asdict(collection) for collection in found]})
        return
    if chosen == "table":
        for one in found:
            held = f"{count(one.documents, 'document')}  {count(one.chunks, 'chunk')}"
            print(f"{printable(one.name)}  {held}  generation {one.generation}  {one.updated_at}")
    else:
        print_records(map(asdict, found), [field.name for field in fields(CollectionSummary)], chosen)
    if not found:
        print(f"There are no collections in {place}. Make one with `winnow ingest`.", file=sys.stderr)


@app.command()
def rename(
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its name from now on.", show_default=False)],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Give a collection another name. Searches that are running go on."""
    from engine.store.renaming import rename_collection

    rename_collection(home_of(home), name, new)
    if as_json:
        print_json({"collection": new, "renamed_from": name})
    else:
        print(f"{name}: now {new}")


@app.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Delete a collection with everything in it. Asks for its name to be typed, unless --yes is given."""
    from engine.store.collections import collection_stats
    from engine.store.deletion import delete_collection

    place = home_of(home)
    documents = collection_stats(place, name).documents
    if not yes:
        _confirm(name, documents)
    delete_collection(place, name)
    if as_json:
        print_json({"collection": name, "deleted": True, "documents": documents})
    else:
        print(f"{name}: deleted, with {count(documents, 'document')}")


def _confirm(name: str, documents: int) -> None:
    """Raise UsageError unless a person types the name."""
    if not sys.stdin.isatty():
        raise UsageError(f"There is no terminal to ask whether to delete {name!r}: nothing was deleted.", "Add --yes.")
    print(
        f"{name} holds {count(documents, 'document')}. Type its name to delete it: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    if sys.stdin.readline().strip() != name:
        raise UsageError(f"That is not {name!r}: nothing was deleted.", "Type the name, or add --yes.")
