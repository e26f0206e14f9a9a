"""`winnow get`: what is stored of a document."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from engine.terminal.options import Collection, Home, Json, home_of
from engine.terminal.output import count, print_json, printable, printable_text


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
    """Print the stored text of a document, or of the characters FROM (from 0) to TO (not included), and where these
    stand in its file.
    """
    from api.answers.base import plain
    from api.answers.places import places_to_json
    from api.document_ids import cut, stored_id
    from engine.errors import DocumentNotFound, UsageError
    from engine.store.generation import open_generation
    from engine.text.places import places_of, places_of_each

    with open_generation(home_of(home), collection) as generation:
        meant = ((generation.find(stored_id(generation, name)), start, end) for name, start, end in cut(document))
        place, start, end = next((one for one in meant if one[0] is not None), (None, 0, None))
        if place is None:
            raise DocumentNotFound(
                f"{collection!r} has no document {document!r}.", "`winnow ls` lists ids; search prints them, too."
            )
        stored = generation.contents.stored(*place)
        number = generation.number
    found, spans, locators = stored.document, stored.passages, stored.locators
    text = found.text[start:end]
    if found.text and not text:
        raise UsageError(
            f"{found.id!r} has {count(len(found.text), 'character')}, and none from {start} to {end or 'its end'}.",
            "Give ID:FROM:TO with FROM before TO and before the end.",
        )
    start = min(start, len(found.text))
    end = start + len(text)
    shown = places_to_json(places_of(found.text, locators, start, end))
    if not as_json:
        print(printable_text(text))
        if text != found.text and shown["place"]:
            print(printable(shown["place"]), file=sys.stderr)
        return
    passages = zip(spans, places_of_each(found.text, locators, spans), strict=True)
    print_json(
        {
            "collection": collection,
            "generation": number,
            "id": found.id,
            "uri": found.uri,
            "title": found.title,
            "language": found.language,
            "metadata": {name: plain(value) for name, value in found.metadata.items()},
            "chunks": len(spans),
            "length": len(found.text),
            "start": start,
            "end": end,
            **shown,
            "text": text,
            "passages": [
                {"start": low, "end": high, **places_to_json(places)}
                for (low, high), places in passages
                if low < end and high > start
            ],
        }
    )
