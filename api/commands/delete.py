"""`winnow delete`: remove documents from a collection."""

from __future__ import annotations

from typing import Annotated

import typer

from api.options import Collection, Home, Json, home_of
from api.output import print_json


def delete(
    documents: Annotated[list[str], typer.Argument(help="Document ids, as search prints them.", show_default=False)],
    collection: Collection = "default",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Delete documents in one commit. Fails, deleting nothing, if one of them is not in the collection."""
    from indexer.delete import delete as run

    generation = run(home_of(home), collection, documents)
    if as_json:
        print_json({"collection": collection, "deleted": sorted(set(documents)), "generation": generation})
    else:
        print(f"{collection}: {len(set(documents))} deleted (generation {generation})")
