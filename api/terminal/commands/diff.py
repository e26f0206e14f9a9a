"""`winnow diff`: two generations, or two collections, asked the same queries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.terminal.options import Collection, Home, Json, home_of
from engine.terminal.output import print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.evaluation.diff.changes import QueryDiff
    from indexer.evaluation.diff.side import Side

CURRENT = "current"

Generation = Annotated[str, typer.Argument(metavar="GENERATION", help=f"A number, or `{CURRENT}`.")]


def diff(
    a: Generation = CURRENT,
    b: Generation = CURRENT,
    *,
    queries: Annotated[
        Path, typer.Option("--queries", metavar="FILE", help="JSON lines with `text` and optionally `id`.")
    ],
    collection: Collection = "default",
    against: Annotated[
        str | None, typer.Option("--against", metavar="NAME", help="Take the second generation of this collection.")
    ] = None,
    home: Home = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many hits of each answer.")] = 10,
    as_json: Json = False,
) -> None:
    """Show what changed in the answers from generation A to B, and which stage caused it.

    A document's cause is that it was added, deleted or changed, or else the first stage (lexical, dense, fusion,
    rerank) at which its rank differs. Each side answers with its own models and recipe. An older generation stays
    for WINNOW_SWEEP_GRACE_SECONDS after the commit that replaced it, and longer while something reads it.
    """
    from engine.collection import open_collection
    from engine.errors import UsageError
    from indexer.evaluation.diff.changes import summarise
    from indexer.evaluation.diff.queries import read_queries
    from indexer.evaluation.diff.side import Side

    if a == b and (against or collection) == collection:
        raise UsageError("A generation does not differ from itself.", "Name two generations, or --against COLLECTION.")
    asked = read_queries(queries)
    place = home_of(home)
    with (
        open_collection(collection, home=place, generation=_number(a)) as first,
        open_collection(against or collection, home=place, generation=_number(b)) as second,
    ):
        sides = Side(first), Side(second)
        diffs = _ask(sides, asked, k)
        described = tuple(side.describe() for side in sides)
    summary = summarise(diffs)
    if as_json:
        found = {"a": described[0], "b": described[1], "k": k, "summary": summary}
        print_json(found | {"queries": [one.to_json() for one in diffs]})
    else:
        from api.terminal.diff_rendering import show

        show(described[0], described[1], summary, diffs)


def _ask(sides: tuple[Side, Side], queries: Mapping[str, str], k: int) -> list[QueryDiff]:
    from indexer.evaluation.diff.changes import compare

    a, b = sides
    return [
        compare(name, text, a.answer(text, k), b.answer(text, k), a.content_hash, b.content_hash)
        for name, text in queries.items()
    ]


def _number(generation: str) -> int | None:
    """The generation's number, None for the current one. UsageError for what is neither a number nor `current`."""
    from engine.errors import UsageError

    if generation == CURRENT:
        return None
    if not generation.isdecimal():
        raise UsageError(f"{generation!r} is not a generation.", f"Give a number, or `{CURRENT}`.")
    return int(generation)
