"""`winnow search`: ask a collection."""

from __future__ import annotations

from typing import Annotated

import typer

from api.options import Collection, Hits, Home, Json, MinRelevance, Models, home_of, models_of
from api.output import print_json


def search(
    query: Annotated[
        str,
        typer.Argument(
            help='Plain words; "a phrase", -without, field:value are understood. After -- if it begins with a minus.'
        ),
    ],
    collection: Collection = "default",
    home: Home = None,
    k: Hits = 10,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="Keep only documents with field:value (>=, <, \\[a..b], a|b; repeatable)."),
    ] = None,
    min_relevance: MinRelevance = None,
    models: Models = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show each hit's rank and score at every stage.")] = False,
    as_json: Json = False,
) -> None:
    """Search a collection: lexical and dense retrieval, fused, reranked; the best passage of each document."""
    from api.rendering import show, to_json
    from engine import open_collection
    from engine.filters import And, parse_filter

    encoder, reranker = models_of(models)
    wanted = [parse_filter(text) for text in filters or []]
    with open_collection(collection, home=home_of(home), encoder=encoder, reranker=reranker) as opened:
        result = opened.search(query, k, filter=And(tuple(wanted)) if wanted else None, min_relevance=min_relevance)
    if as_json:
        print_json(to_json(result, collection))
    else:
        show(result, explain=explain, min_relevance=min_relevance)
