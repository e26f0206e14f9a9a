"""`winnow delete`: remove documents from a collection."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.terminal.options import Collection, Home, Json, home_of
from engine.terminal.output import print_json


def delete(
    documents: Annotated[list[str], typer.Argument(help="Ids as search prints them, or the paths that ingest took.")],
    collection: Collection = "default",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Delete documents in one commit. Fails, deleting nothing, if one of them is not in the collection."""
    from api.document_ids import stored_id
    from engine.store.generation import open_generation
    from indexer.delete import delete as run

    place = home_of(home)
    with open_generation(place, collection) as opened:
        ids = sorted({stored_id(opened, name) for name in documents})
    generation = run(place, collection, ids)
    if as_json:
        print_json({"collection": collection, "deleted": ids, "generation": generation})
    else:
        print(f"{collection}: {len(ids)} deleted (generation {generation})")
