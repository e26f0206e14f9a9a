"""`winnow search`: ask a collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.errors import UsageError
from engine.home import probable_home
from engine.terminal.options import (
    DEFAULT_COLLECTION,
    Filters,
    Format,
    Hits,
    Home,
    Json,
    MinRelevance,
    Models,
    Null,
    OutputFormat,
    Rerank,
    Words,
    filter_of,
    format_of,
    home_of,
    models_of,
)
from engine.terminal.questions import asks

if TYPE_CHECKING:
    from engine.query.request import Request
    from engine.types import SearchResult

Wishes = Mapping[str, Any]  # the options of a search by their names over HTTP


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
        typer.Option(
            "--why-not",
            metavar="ID",
            help="Say why this document is not on the page: its id, or the path that ingest took.",
            show_default=False,
        ),
    ] = None,
    context: Annotated[
        int, typer.Option("--context", min=0, metavar="TOKENS", help="Show the passages around each hit, too.")
    ] = 0,
    collapse: Annotated[
        Literal["near", "document", "none"],
        typer.Option(
            "--collapse",
            help="near: each document once, near-duplicates listed below the first of them; "
            "document: each document once; none: each passage.",
        ),
    ] = "near",
    diversity: Annotated[
        float,
        typer.Option(
            "--diversity", min=0.0, max=1.0, help="Put hits that are unlike those before them earlier, 0 to 1."
        ),
    ] = 0.0,
    verbatim: Annotated[
        bool, typer.Option("--verbatim", help="Do not correct words that occur nowhere, which may be typos.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show each hit's rank and score at every stage.")] = False,
    server: Annotated[
        bool,
        typer.Option("--server/--no-server", help="Ask the service that runs for the same home, if there is one."),
    ] = True,
    format: Format = None,
    null: Null = False,
    as_json: Json = False,
) -> None:
    """Search a collection: lexical and dense retrieval, fused, reranked; the best passage of each document.

    Unquoted words are one query. Several -c are searched as one: their hits stand in the order of their relevance.
    A hit without one counts by how many of the question's words it holds.
    """
    chosen = format_of(format, as_json, null=null)
    _refuse_unshown(chosen, {"--facet": facets, "--why-not": why_not}, explain=explain)
    names = list(dict.fromkeys(collections or [DEFAULT_COLLECTION]))
    if sort and len(names) > 1:
        raise UsageError("Hits of several collections are ordered by relevance, not by --sort.", "Name one with -c.")
    wishes = {
        "query": " ".join(words),
        "k": k,
        "filter": filters,
        "min_relevance": min_relevance,
        "mode": mode,
        "rerank_depth": depth,
        "budget_ms": budget_ms,
        "facets": facets,
        "sort": sort,
        "why_not": why_not and _id_of(why_not, home, names),
        "correct": not verbatim,
        "context": context,
        "collapse": collapse if collapse == "near" else collapse == "document",
        "rerank": rerank,
        "diversity": diversity,
    }
    answer = _asked(home, names, wishes) if server and models is None else None
    if answer is None or not (answer["hits"] or chosen == "json"):  # why there is nothing takes more than the answer
        _search_here(home, names, models, wishes, chosen, explain=explain, null=null)
    elif chosen == "table":
        _show_answer(answer, explain=explain)
    else:
        _print(answer, chosen, null=null)


def _id_of(document: str, home: Path | None, names: Sequence[str]) -> str:
    """The id of the document that is named, by its id or the path that ingest took, in the first that has it."""
    from api.document_ids import stored_id
    from engine.store.generation import open_generation

    for name in names:
        with open_generation(home_of(home), name) as generation:
            if generation.find(known := stored_id(generation, document)) is not None:
                return known
    return document


def _asked(home: Path | None, names: Sequence[str], wishes: Wishes) -> dict[str, Any] | None:
    """The answer of a running service; None where none gives it."""
    from api.terminal.running_service import answer_of_service

    place = probable_home(home)
    return None if place is None else answer_of_service(place, names, {**wishes, "explain": True})


def _search_here(
    home: Path | None,
    names: Sequence[str],
    models: str | None,
    wishes: Wishes,
    format: OutputFormat,
    *,
    explain: bool,
    null: bool,
) -> None:
    """Search with models of this process."""
    from engine.collection import open_collection

    encoder, reranker = models_of(models)
    request = _request(**wishes)
    results, documents = {}, 0
    for name in names:
        with open_collection(name, home=home_of(home), encoder=encoder, reranker=reranker) as opened:
            results[name] = opened.searcher.search(request)
            documents += opened.generation.manifest.living.documents
    if format == "table":
        _show(results, request, documents, explain=explain)
    else:
        _print(_answer(results, request), format, null=null)


def _request(*, filter: list[str] | None, facets: list[str] | None, sort: list[str] | None, **others: Any) -> Request:
    from engine.query.request import Request, Sort

    return Request(
        filter=filter_of(filter),
        facets=tuple(facets or ()),
        sort=tuple(Sort(name.removeprefix("-"), name.startswith("-")) for name in sort or ()),
        **others,
    )


def _refuse_unshown(format: OutputFormat, wishes: Mapping[str, object], *, explain: bool) -> None:
    """Raise UsageError where a format of hits alone has no place for what is wished beside them."""
    if format in ("table", "json"):
        return
    unshown = [option for option, value in wishes.items() if value]
    if explain and format != "jsonl":
        unshown.append("--explain")
    if unshown:
        raise UsageError(f"--format {format} does not show what {', '.join(unshown)} asks for.", "Take --format json.")


def _answer(results: Mapping[str, SearchResult], request: Request) -> Any:
    """The answer as JSON: that of one collection, or of several merged."""
    from api.answers.merging import merge
    from api.answers.searching import answer_of, merged_answer_of

    if len(results) == 1:
        ((name, result),) = results.items()
        return answer_of(result, name, explain=True)
    return merged_answer_of(merge(results, request.k), request.query, explain=True)


def _print(answer: Mapping[str, Any], format: Literal["json", "jsonl", "csv", "md", "files"], *, null: bool) -> None:
    from api.terminal.hit_formats import print_hits

    print_hits(answer, format, null=null)
    if format != "json":  # which says it itself
        from api.answers.reading import result_of
        from api.terminal.rendering import show_notes

        several = answer.get("collections")
        show_notes(
            {name: result_of({"query": answer["query"], **body}) for name, body in several.items()}
            if several
            else {"": result_of(answer)}
        )


def _show_answer(answer: Mapping[str, Any], *, explain: bool) -> None:
    """Show hits that a service has found."""
    from api.answers.reading import merged_of, result_of
    from api.terminal.rendering import show, show_merged

    if "collections" in answer:
        show_merged(merged_of(answer), explain=explain, nothing=())
    else:
        show(result_of(answer), explain=explain)


def _show(results: Mapping[str, SearchResult], request: Request, documents: int, *, explain: bool) -> None:
    from api.answers.merging import merge
    from api.no_hits import no_hits
    from api.terminal.rendering import show, show_merged

    fullest = max(results.values(), key=lambda result: result.candidates)
    nothing = no_hits(request, fullest, documents)
    if len(results) == 1:
        show(fullest, explain=explain, nothing=nothing)
    else:
        show_merged(merge(results, request.k), explain=explain, nothing=nothing)
