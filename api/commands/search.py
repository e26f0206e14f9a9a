"""`winnow search`: ask a collection."""

from __future__ import annotations

from typing import Annotated, Literal

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
    mode: Annotated[
        Literal["hybrid", "lexical", "dense"], typer.Option("--mode", help="Which legs to search.")
    ] = "hybrid",
    depth: Annotated[
        int | None,
        typer.Option(
            "--depth",
            min=0,
            help="How many candidates to rerank, 0 for none; by default the recipe's.",
            show_default=False,
        ),
    ] = None,
    budget_ms: Annotated[
        float | None,
        typer.Option(
            "--budget-ms",
            min=1,
            help="Rerank only as many as fit into this time for the whole search.",
            show_default=False,
        ),
    ] = None,
    facets: Annotated[
        list[str] | None, typer.Option("--facet", metavar="FIELD", help="Count the field's values (repeatable).")
    ] = None,
    sort: Annotated[
        list[str] | None,
        typer.Option("--sort", metavar="FIELD", help="Order by a field, -FIELD descending (repeatable)."),
    ] = None,
    why_not: Annotated[
        str | None,
        typer.Option("--why-not", metavar="ID", help="Say why this document is not on the page.", show_default=False),
    ] = None,
    verbatim: Annotated[
        bool, typer.Option("--verbatim", help="Do not correct words that occur nowhere, which may be typos.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show each hit's rank and score at every stage.")] = False,
    as_json: Json = False,
) -> None:
    """Search a collection: lexical and dense retrieval, fused, reranked; the best passage of each document."""
    from api.no_hits import no_hits
    from api.rendering import show, to_json
    from engine import open_collection
    from engine.filters import And, parse_filter
    from engine.request import Request, Sort

    encoder, reranker = models_of(models)
    wanted = [parse_filter(text) for text in filters or []]
    request = Request(
        query,
        k,
        filter=And(tuple(wanted)) if wanted else None,
        min_relevance=min_relevance,
        mode=mode,
        rerank_depth=depth,
        budget_ms=budget_ms,
        facets=tuple(facets or ()),
        sort=tuple(Sort(name.removeprefix("-"), name.startswith("-")) for name in sort or ()),
        why_not=why_not,
        correct=not verbatim,
    )
    with open_collection(collection, home=home_of(home), encoder=encoder, reranker=reranker) as opened:
        result = opened.searcher.search(request)
        documents = opened.generation.manifest.living.documents
    if as_json:
        print_json(to_json(result, collection))
    else:
        show(result, explain=explain, nothing=no_hits(request, result, documents))
