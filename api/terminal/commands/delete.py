"""`winnow delete`: remove documents from a collection."""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from engine.terminal.options import Collection, Filters, Home, Json, filter_of, home_of
from engine.terminal.output import count, print_json, printable

if TYPE_CHECKING:
    from engine.store.generation import Generation

MANY, SHARE = 100, 10  # documents, or one in so many: more are deleted on demand only


def delete(
    documents: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DOCUMENTS]...", help="Ids as search prints them, or the paths that ingest took."),
    ] = None,
    prefix: Annotated[
        str | None, typer.Option("--prefix", help="All whose id begins with this; or a folder, as ingest took it.")
    ] = None,
    glob: Annotated[
        str | None, typer.Option("--glob", help="All whose id matches this; * also stands for slashes.")
    ] = None,
    filters: Filters = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help=f"Delete more than {MANY} documents, or a tenth of all, without asking.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be deleted.")] = False,
    collection: Collection = "default",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Delete documents in one commit. Fails, deleting nothing, if one that is named is not in the collection.

    --prefix, --glob and --filter choose documents instead; each narrows what the others leave.
    """
    from api.document_ids import stored_id
    from engine.store.generation import open_generation
    from indexer.delete import delete as run

    place = home_of(home)
    chosen = prefix is not None or glob is not None or bool(filters)
    if chosen == bool(documents):
        raise UsageError(
            "Documents are either named by their ids or chosen by a pattern.",
            "Give ids, or --prefix, --glob or --filter.",
        )
    with open_generation(place, collection) as opened:
        generation, held = opened.number, opened.manifest.living.documents
        if chosen:
            ids = _chosen(opened, prefix, glob, filters)
        else:
            ids = sorted({stored_id(opened, name) for name in documents or ()})
    if dry_run:
        _show_dry_run(collection, ids, as_json=as_json)
        return
    if chosen and not yes and ids and (len(ids) > MANY or len(ids) * SHARE > held):
        _confirm(f"{count(len(ids), 'document')} of {held:,}")
    if ids:
        generation = run(place, collection, ids)
    if as_json:
        print_json({"collection": collection, "deleted": ids, "generation": generation})
    else:
        print(f"{collection}: {len(ids)} deleted (generation {generation})")


def _chosen(generation: Generation, prefix: str | None, glob: str | None, filters: list[str] | None) -> list[str]:
    """Ids of the documents that all of the options choose, sorted."""
    from api.document_ids import absolute
    from engine.store.document_list import list_documents

    wanted = filter_of(filters)
    found = list_documents(generation, wanted, prefix or "")
    if not found and prefix:
        found = list_documents(generation, wanted, place=absolute(prefix))
    return [document.id for document in found if glob is None or fnmatchcase(document.id, glob)]


def _show_dry_run(collection: str, ids: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json({"collection": collection, "would_delete": ids})
        return
    for name in ids:
        print(printable(f"delete  {name}"))
    print(f"{collection}: {len(ids)} would be deleted; nothing was")


def _confirm(number: str) -> None:
    """Ask whether so many are to go. UsageError where nobody can be asked; an abort where the answer is no."""
    if not sys.stdin.isatty():
        raise UsageError(f"{number} would be deleted; nothing was.", "Look with --dry-run; --yes deletes them.")
    typer.confirm(f"Delete {number}?", abort=True, err=True)
