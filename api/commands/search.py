"""`winnow search`: ask a collection."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.options import Collection, Hits, Home, Json, Models, home_of, models_of


def search(
    query: Annotated[
        str, typer.Argument(help='Plain words; "a phrase", -without, field:value are understood.')
    ],
    collection: Collection = "default",
    home: Home = None,
    k: Hits = 10,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter", help="Keep only documents with field:value (>=, <, [a..b], a|b; repeatable)."
        ),
    ] = None,
    models: Models = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show each hit's rank and score at every stage.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Search a collection: lexical and dense retrieval, fused, reranked; the best passage of each document."""
    from engine.filters import And, parse_filter

    from api.rendering import show, to_json
    from engine import open_collection

    encoder, reranker = models_of(models)
    wanted = [parse_filter(text) for text in filters or []]
    with open_collection(collection, home=home_of(home), encoder=encoder, reranker=reranker) as opened:
        result = opened.search(query, k, filter=And(tuple(wanted)) if wanted else None)
    if as_json:
        print(json.dumps(to_json(result, collection), ensure_ascii=False))
    else:
        show(result, explain=explain)
