"""`winnow curate`: what people decide about a collection's hits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import UsageError
from engine.terminal.options import CollectionArgument, Home, Json, NamedCollection, collection_of, home_of
from engine.terminal.output import print_json


def curate(
    argument: CollectionArgument = None,
    collection: NamedCollection = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", metavar="FILE.toml", help="Take these rules, in the place of all before.", show_default=False
        ),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all rules.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show, set or remove the rules of a collection: synonyms, pinned and hidden documents, boosts.

    Without an option the rules are shown, as JSON that --file reads. docs/ranking.md says what rules there are.
    """
    from engine.curation import Curation, read_curation
    from engine.store.generation import open_generation
    from indexer.curating import curate as set_rules

    if file is not None and clear:
        raise UsageError("--file and --clear exclude each other.", "Give one of them.")
    name, place = collection_of(argument, collection), home_of(home)
    if file is not None or clear:
        rules = Curation() if file is None else read_curation(file)
        number = set_rules(place, name, rules)
    else:
        with open_generation(place, name) as generation:
            rules, number = generation.manifest.curation, generation.number
    if as_json:
        print_json({"collection": name, "generation": number, "rules": rules.to_json()})
    elif file is not None or clear:
        print(f"{name}: {rules.counted()}, generation {number}")
    else:
        print(json.dumps(rules.to_json(), indent=2))
