"""`winnow ask-document`: search inside one document without keeping it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import UsageError
from engine.terminal.options import Format, Hits, Json, MinRelevance, Models, Preset, Words, format_of, models_of
from engine.terminal.questions import asks

STDIN, NAME = "-", "standard input"


@asks
def ask_document(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A file of a format that `winnow ingest --formats` lists; - for standard input.",
            show_default=False,
        ),
    ],
    words: Words,
    k: Hits = 5,
    min_relevance: MinRelevance = None,
    models: Models = None,
    preset: Preset = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show each hit's rank and score at every stage.")] = False,
    format: Format = None,
    as_json: Json = False,
) -> None:
    """Find the passages of one document that answer a question. Nothing is stored."""
    chosen, query = format_of(format, as_json), " ".join(words)
    if chosen == "files":
        raise UsageError("The hits of one document are all in one file.", "Take another --format.")
    from api.no_hits import no_hits
    from api.terminal.progress import ingest_progress
    from api.terminal.rendering import show, show_notes
    from engine.query.request import Request
    from indexer.in_document import open_document, open_source
    from indexer.sources.submitted import SubmittedFile, file_source

    encoder, reranker = models_of(models, preset)
    with ExitStack() as stack:
        with ingest_progress() as watch:
            if str(file) == STDIN:
                source = file_source(SubmittedFile("-", *_standard_input()))
                opened = open_source([source], NAME, encoder=encoder, reranker=reranker, watch=watch)
            else:
                opened = open_document(file, encoder=encoder, reranker=reranker, watch=watch)
            document = stack.enter_context(opened)
        result = document.search(query, k, collapse=False, min_relevance=min_relevance)
    if chosen == "table":
        nothing = no_hits(Request(query, min_relevance=min_relevance), result, 1)
        show(result, explain=explain, nothing=nothing, stored=False)
        return
    from api.answers.searching import answer_of
    from api.terminal.hit_formats import print_hits

    print_hits(answer_of(result, None, explain=True).model_dump(mode="json"), chosen)
    if chosen != "json":
        show_notes({str(file): result})


def _standard_input() -> tuple[str, bytes]:
    """A name that tells the format, by how the bytes begin, and the bytes."""
    from indexer.parsers.recognition import HEAD, suffix_of

    data = sys.stdin.buffer.read()
    suffix = suffix_of(data[:HEAD])
    # Plain text is Markdown without marks.
    return f"standard-input{'.md' if suffix in (None, '.txt') else suffix}", data
