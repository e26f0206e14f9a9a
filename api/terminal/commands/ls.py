"""`winnow ls`: the documents of a collection."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from engine.terminal.options import Collection, Filters, Home, Json, filter_of, home_of
from engine.terminal.output import count, print_json, printable


def ls(
    prefix: Annotated[
        str, typer.Argument(metavar="[PREFIX]", help="Only ids that begin with this; or a path, as ingest took it.")
    ] = "",
    collection: Collection = "default",
    filters: Filters = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Only the first N.", show_default="all")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List documents by id, with title and number of chunks. `winnow get ID` shows one."""
    from api.document_ids import absolute
    from engine.store.document_list import list_documents
    from engine.store.generation import open_generation

    with open_generation(home_of(home), collection) as generation:
        number = generation.number
        wanted = filter_of(filters)
        found = list_documents(generation, wanted, prefix)
        if not found and prefix:
            found = list_documents(generation, wanted, place=absolute(prefix))
    shown = found[:limit]
    if as_json:
        documents = [asdict(document) for document in shown]
        print_json({"collection": collection, "generation": number, "matching": len(found), "documents": documents})
        return
    for document in shown:
        print(printable(f"{document.id}  {document.title or '-'}") + f"  {count(document.chunks, 'chunk')}")
    if len(shown) < len(found):
        print(f"... and {count(len(found) - len(shown), 'more document')}.", file=sys.stderr)
    if not found:
        print("No documents match." if prefix or filters else f"{collection} is empty.", file=sys.stderr)
