"""`winnow ls`: the documents of a collection."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields
from typing import Annotated

import typer

from engine.terminal.options import Collection, Filters, Format, Home, Json, Null, filter_of, format_of, home_of
from engine.terminal.output import count, print_json, printable
from engine.terminal.records import print_files, print_records


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
    format: Format = None,
    null: Null = False,
    as_json: Json = False,
) -> None:
    """List documents by id, with title and number of chunks. `winnow get ID` shows one."""
    from api.document_ids import absolute
    from engine.store.document_list import ListedDocument, list_documents
    from engine.store.generation import open_generation

    chosen = format_of(format, as_json, null=null)
    with open_generation(home_of(home), collection) as generation:
        number = generation.number
        wanted = filter_of(filters)
        found = list_documents(generation, wanted, prefix)
        if not found and prefix:
            found = list_documents(generation, wanted, place=absolute(prefix))
    shown = found[:limit]
    documents = [asdict(document) for document in shown]
    match chosen:
        case "json":
            print_json({"collection": collection, "generation": number, "matching": len(found), "documents": documents})
            return
        case "files":
            print_files((document.uri for document in shown), null=null)
        case "table":
            for document in shown:
                print(printable(f"{document.id}  {document.title or '-'}") + f"  {count(document.chunks, 'chunk')}")
        case _:
            print_records(documents, [field.name for field in fields(ListedDocument)], chosen)
    if len(shown) < len(found):
        print(f"... and {count(len(found) - len(shown), 'more document')}.", file=sys.stderr)
    if not found:
        print("No documents match." if prefix or filters else f"{collection} is empty.", file=sys.stderr)
