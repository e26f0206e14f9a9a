"""`winnow ask-document`: search inside one document without keeping it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.terminal.ending import unwound
from api.terminal.selecting import Ocr, standard_input
from engine.errors import UsageError
from engine.terminal.options import (
    Format,
    Hits,
    Json,
    MinRelevance,
    Models,
    Preset,
    Rerank,
    Words,
    format_of,
    models_of,
)
from engine.terminal.questions import asks

if TYPE_CHECKING:
    from indexer.report import Problem

STDIN, NAME = "-", "standard input"
ALL = -1  # passages to rerank


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
    rerank: Rerank = None,
    depth: Annotated[
        str | None,
        typer.Option(
            "--depth",
            metavar="N|all",
            help="How many passages the reranker reads: 0 for none, or all of them.",
            show_default="the best 24; 20 with another encoder than the static one",
        ),
    ] = None,
    ocr: Ocr = False,
    models: Models = None,
    preset: Preset = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show each hit's rank and score at every stage.")] = False,
    format: Format = None,
    as_json: Json = False,
) -> None:
    """Find the passages of one document that answer a question. Nothing is stored.

    Words and the static encoder choose 24 passages of an English document, and the reranker reads them. Of a document
    in another language, or with --models, everything is embedded first, which takes half a minute for 300 pages.
    """
    chosen, query = format_of(format, as_json), " ".join(words)
    if chosen == "files":
        raise UsageError("The hits of one document are all in one file.", "Take another --format.")
    passages = _depth(depth)
    from indexer.sandbox.template import start_for

    if file.is_file() and not ocr:
        start_for(file.name)  # which imports the parsers while this process imports the rest
    from rich.console import Console

    from api.no_hits import no_hits
    from api.terminal.progress import ingest_progress
    from api.terminal.rendering import show, show_notes
    from api.terminal.selecting import list_problems
    from engine.query.request import Request
    from indexer.in_document import open_document, open_source
    from indexer.parsers.ocr.recognition import check_available
    from indexer.sources.submitted import SubmittedFile, file_source

    if ocr:
        check_available()
    encoder, reranker = models_of(models, preset)
    left_out: list[Problem] = []
    with ExitStack() as stack:
        stack.enter_context(unwound())
        with ingest_progress() as watch:
            if str(file) == STDIN:
                source = file_source(SubmittedFile("-", *_standard_input()), ocr=ocr)
                opened = open_source([source], NAME, encoder=encoder, reranker=reranker, watch=watch)
            else:
                opened = open_document(
                    file, ocr=ocr, encoder=encoder, reranker=reranker, watch=watch, left_out=left_out.append
                )
            document = stack.enter_context(opened)
        list_problems(Console(stderr=True, highlight=False, emoji=False), "left out", left_out)
        if passages == ALL:
            passages = document.generation.manifest.living.chunks
        request = Request(query, k, collapse=False, min_relevance=min_relevance, rerank=rerank, rerank_depth=passages)
        result = document.search(request)
    if chosen == "table":
        nothing = no_hits(request, result, 1)
        show(result, explain=explain, nothing=nothing, stored=False)
        return
    from api.answers.searching import answer_of
    from api.terminal.hit_formats import print_hits

    print_hits(answer_of(result, None, explain=True), chosen)
    if chosen != "json":
        show_notes({str(file): result})


def _depth(text: str | None) -> int | None:
    """Passages to rerank, ALL for `all`. UsageError for anything else than that or a number."""
    if text is None or text == "all":
        return None if text is None else ALL
    if not text.isdecimal():
        raise UsageError(f"{text!r} is no number of passages.", "Give --depth a number from 0, or all.")
    return int(text)


def _standard_input() -> tuple[str, bytes]:
    """A name that tells the format, by how the bytes begin, and the bytes."""
    from indexer.parsers.recognition import HEAD, suffix_of

    data = standard_input()
    suffix = suffix_of(data[:HEAD])
    # Plain text is Markdown without marks.
    return f"standard-input{'.md' if suffix in (None, '.txt') else suffix}", data
