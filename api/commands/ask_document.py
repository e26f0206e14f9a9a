"""`winnow ask-document`: search inside one document without keeping it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from api.options import Hits, Json, MinRelevance, Models, Preset, models_of
from api.output import print_json


def ask_document(
    file: Annotated[Path, typer.Argument(help="The document: text, Markdown, HTML or PDF.")],
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Hits = 5,
    min_relevance: MinRelevance = None,
    models: Models = None,
    preset: Preset = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show each hit's rank and score at every stage.")] = False,
    as_json: Json = False,
) -> None:
    """Find the passages of one document that answer a question. Nothing is stored."""
    from api.no_hits import no_hits
    from api.progress import ingest_progress
    from api.rendering import show, to_json
    from engine.request import Request
    from indexer.in_document import open_document

    encoder, reranker = models_of(models, preset)
    with ExitStack() as stack:
        with ingest_progress() as watch:
            document = stack.enter_context(open_document(file, encoder=encoder, reranker=reranker, watch=watch))
        result = document.search(query, k, by_document=False, min_relevance=min_relevance)
    if as_json:
        print_json(to_json(result, None))
    else:
        show(result, explain=explain, nothing=no_hits(Request(query, min_relevance=min_relevance), result, 1))
