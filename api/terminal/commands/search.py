"""`winnow search`: ask a collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine.errors import UsageError
from engine.terminal.options import (
    DEFAULT_COLLECTION,
    Filters,
    Hits,
    Home,
    Json,
    MinRelevance,
    Models,
    Rerank,
    Words,
    filter_of,
    home_of,
    models_of,
)
from engine.terminal.output import print_json
from engine.terminal.questions import asks

if TYPE_CHECKING:
    from engine.query.request import Request
    from engine.types import SearchResult


@asks
def search(
    words: Words,
    collections: Annotated[
        list[str] | None,
        typer.Option(
            "--collection", "-c", help="The collection's name; several are searched as one.", show_default="default"
        ),
    ] = None,
    home: Home = None,
    k: Hits = 10,
    filters: Filters = None,
    min_relevance: MinRelevance = None,
    models: Models = None,
    mode: Annotated[
        Literal["hybrid", "lexical", "dense"], typer.Option("--mode", help="Which legs to search.")
    ] = "hybrid",
    rerank: Rerank = None,
    collapse: Annotated[
        Literal["document", "none"], typer.Option("--collapse", help="Each document once, or every passage by itself.")
    ] = "document",
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
    context: Annotated[
        int, typer.Option("--context", min=0, metavar="TOKENS", help="Show the passages around each hit, too.")
    ] = 0,
    verbatim: Annotated[
        bool, typer.Option("--verbatim", help="Do not correct words that occur nowhere, which may be typos.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show each hit's rank and score at every stage.")] = False,
    as_json: Json = False,
) -> None:
    """Search a collection: lexical and dense retrieval, fused, reranked; the best passage of each document.

    Unquoted words are one query. Several -c are searched as one: their hits stand in the order of their relevance, or
    of their scores where not all have a relevance.
    """
    from api.no_hits import no_hits
    from api.terminal.rendering import show
    from engine.collection import open_collection
    from engine.query.request import Request, Sort

    encoder, reranker = models_of(models)
    names = list(dict.fromkeys(collections or [DEFAULT_COLLECTION]))
    if sort and len(names) > 1:
        raise UsageError("Hits of several collections are ordered by relevance, not by --sort.", "Name one with -c.")
    request = Request(
        " ".join(words),
        k,
        filter=filter_of(filters),
        min_relevance=min_relevance,
        mode=mode,
        rerank=rerank,
        collapse=collapse == "document",
        rerank_depth=depth,
        budget_ms=budget_ms,
        facets=tuple(facets or ()),
        sort=tuple(Sort(name.removeprefix("-"), name.startswith("-")) for name in sort or ()),
        why_not=why_not,
        correct=not verbatim,
        context=context,
    )
    results, documents = {}, 0
    for name in names:
        with open_collection(name, home=home_of(home), encoder=encoder, reranker=reranker) as opened:
            results[name] = opened.searcher.search(request)
            documents += opened.generation.manifest.living.documents
    if len(names) > 1:
        _show_several(results, request, documents, explain=explain, as_json=as_json)
    elif as_json:
        from api.answers.searching import answer_of

        print_json(answer_of(results[names[0]], names[0], explain=True).model_dump(mode="json"))
    else:
        result = results[names[0]]
        show(result, explain=explain, nothing=no_hits(request, result, documents))


def _show_several(
    results: Mapping[str, SearchResult], request: Request, documents: int, *, explain: bool, as_json: bool
) -> None:
    from api.no_hits import no_hits
    from api.service.searching import merge
    from api.terminal.rendering import show_merged

    merged = merge(results, request.k)
    if as_json:
        from api.answers.searching import merged_answer_of

        print_json(merged_answer_of(merged, request.query, explain=True).model_dump(mode="json"))
    else:
        fullest = max(results.values(), key=lambda result: result.candidates)
        nothing = no_hits(request, fullest, documents)
        show_merged(merged, explain=explain, nothing=nothing)
