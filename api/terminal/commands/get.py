"""`winnow get`: what is stored of a document."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.terminal.options import Collection, Home, Json, home_of
from engine.terminal.output import print_json, printable_text


def get(
    document: Annotated[
        str,
        typer.Argument(
            metavar="ID\\[:FROM\\[:TO]]",
            help="An id as search prints it, or the path that ingest took; FROM and TO are characters, as in --json.",
            show_default=False,
        ),
    ],
    collection: Collection = "default",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Print the stored text of a document, or of the characters FROM (from 0) to TO (not included)."""
    from api.document_ids import cut, stored_id
    from api.terminal.rendering import plain
    from engine.errors import DocumentNotFound
    from engine.store.generation import open_generation

    with open_generation(home_of(home), collection) as generation:
        meant = ((generation.find(stored_id(generation, name)), start, end) for name, start, end in cut(document))
        place, start, end = next((one for one in meant if one[0] is not None), (None, 0, None))
        if place is None:
            raise DocumentNotFound(
                f"{collection!r} has no document {document!r}.", "`winnow ls` lists ids; search prints them, too."
            )
        found = generation.document(*place)
        chunks = len(generation.chunk_rows(*place))
        number = generation.number
    text = found.text[start:end]
    if not as_json:
        print(printable_text(text))
        return
    print_json(
        {
            "collection": collection,
            "generation": number,
            "id": found.id,
            "uri": found.uri,
            "title": found.title,
            "language": found.language,
            "metadata": {name: plain(value) for name, value in found.metadata.items()},
            "chunks": chunks,
            "length": len(found.text),
            "start": min(start, len(found.text)),
            "end": min(len(found.text) if end is None else end, len(found.text)),
            "text": text,
        }
    )
