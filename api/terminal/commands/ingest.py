"""`winnow ingest`: read files and folders into a collection, and keep it in step with them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.terminal.selecting import (
    Exclude,
    Include,
    MaxPages,
    Ocr,
    Rate,
    Root,
    Scope,
    Yes,
    check_refused,
    saying_how_to_remove,
    selection_of,
    show_plan,
    show_report,
    standard_input,
)
from engine.errors import UsageError
from engine.terminal.options import (
    Collection,
    DocumentPrompt,
    Home,
    Json,
    Models,
    Preset,
    QueryPrompt,
    home_of,
    models_of,
)
from engine.terminal.output import count, print_json

if TYPE_CHECKING:
    from engine.protocols import ModelSource
    from indexer.folders.selection import Selection
    from indexer.parsers import Parser
    from indexer.sources.source import Failed, Source

PARTIAL = 3  # exit code: some documents failed
INTERRUPTED = 130  # exit code of what Ctrl-C ended


def _list_formats(wanted: bool) -> None:
    if wanted:
        from indexer.parsers import formats

        for known in formats():
            print(f"{known.label} ({known.name}): {' '.join(known.suffixes)}")
        raise typer.Exit


def ingest(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]...",
            help="Files, folders, BEIR directories, sites (https://.../), URLs (s3://, https://); - is the standard "
            "input.",
        ),
    ] = None,
    collection: Collection = "default",
    home: Home = None,
    models: Models = None,
    preset: Preset = None,
    query_prompt: QueryPrompt = None,
    document_prompt: DocumentPrompt = None,
    mirror: Annotated[
        bool,
        typer.Option("--mirror", help="Also remove what is gone from PATHS, and recognise what has moved there."),
    ] = False,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done; no file is parsed.")] = False,
    include: Include = None,
    exclude: Exclude = None,
    root: Root = None,
    ocr: Ocr = False,
    scope: Scope = None,
    max_pages: MaxPages = 10_000,
    rate: Rate = None,
    identifier: Annotated[
        str | None, typer.Option("--id", help="With -: the document's id.", show_default=False)
    ] = None,
    sql: Annotated[
        str | None, typer.Option("--sql", metavar="URL", help="Instead of PATHS: a database, as SQLAlchemy names it.")
    ] = None,
    query: Annotated[
        str | None,
        typer.Option("--query", metavar="SELECT", help="With --sql: rows with the columns id, title, text, url."),
    ] = None,
    upgrade: Annotated[
        bool,
        typer.Option(
            "--upgrade", help="Then embed all again with the bundled encoder; until it is done, searches go on without."
        ),
    ] = False,
    chunker: Annotated[
        str | None,
        typer.Option(
            "--chunker",
            metavar="NAME",
            help="How documents are cut into passages: `structure` (sentences, items, rows, log entries, code), "
            "`sentences`, `paragraphs`, `tokens` or `document`. A collection keeps the one that it was made with.",
            show_default="structure",
        ),
    ] = None,
    text_first: Annotated[
        bool | None,
        typer.Option(
            "--text-first/--vectors-at-once",
            help="Commit all text first, to be found by BM25 while the vectors follow. By default where there is much.",
            show_default=False,
        ),
    ] = None,
    devices: Annotated[
        str | None,
        typer.Option(
            "--devices",
            metavar="NAMES",
            help="Embed on several devices, in a process each: cuda:0,cuda:1 with WINNOW_RUNTIME=torch, or cpu,cpu.",
            show_default="this process",
        ),
    ] = None,
    read_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="FORMAT",
            help="Read every file as this format of --formats, or as of this suffix, whatever its name says; with -: "
            "what the text is.",
            show_default=False,
        ),
    ] = None,
    list_formats: Annotated[
        bool, typer.Option("--formats", callback=_list_formats, is_eager=True, help="List the formats and exit.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read documents into a collection. What did not change since the last time costs nothing.

    Reads the formats that --formats lists, any other text, and BEIR directories. Commits as it goes: an interrupted
    ingest keeps what was committed, and running it again does the rest. Nothing that is missing from PATHS is deleted,
    but with --mirror. Files that .gitignore or .winnowignore names are left out. An address of the web that ends in /
    is a site: all pages below that address are read, as its robots.txt allows.
    """
    from api.terminal.progress import ingest_progress
    from indexer.ingest import ingest_selection, ingest_sources
    from indexer.prompting import AskedPrompts
    from indexer.sources.web.fetching import Bounds
    from indexer.upgrade import is_upgraded

    selection = selection_of(paths or (), include, exclude, root, ocr=ocr)
    selection = replace(selection, bounds=Bounds(scope, max_pages, rate))
    others = _others(paths or [], sql, query, identifier, read_as or "txt", ocr=ocr)
    if read_as is not None and others is None:
        selection = replace(selection, reader=_reader(read_as))
    if others is not None and (mirror or dry_run or include or exclude or root):
        raise UsageError("--mirror, --dry-run, --include, --exclude and --root are for paths.", "Leave them out.")
    place = home_of(home)
    if dry_run:
        _dry_run(selection, place, collection, mirror=mirror, force=yes, as_json=as_json)
        return
    encoder, reranker = models_of(models, preset)
    if upgrade and is_upgraded(place, collection):
        encoder = reranker = None  # the collection goes on with what an earlier run has given it
    read = partial(ingest_selection, selection, mirror=mirror, force=yes)
    try:
        explained = saying_how_to_remove("--yes") if mirror and not yes else nullcontext()
        with explained, ingest_progress() as watch, _models_on(devices) as source:
            report = (read if others is None else partial(ingest_sources, others))(
                home=place,
                collection=collection,
                encoder=encoder,
                reranker=reranker,
                models=source,
                chunker=chunker,
                prompts=AskedPrompts(query_prompt, document_prompt),
                text_first=text_first,
                watch=watch,
            )
        if not as_json:
            show_report(report, mirror=mirror)
        upgraded = _upgrade(place, collection) if upgrade else None
    except KeyboardInterrupt:
        print("Interrupted. What was committed is kept; the same command does the rest.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(report.to_json() | ({"upgrade": upgraded} if upgrade else {}))
    check_refused(report)
    if report.failed:
        raise typer.Exit(PARTIAL)


def _models_on(devices: str | None) -> AbstractContextManager[ModelSource | None]:
    """Where the encoder runs: None for this process."""
    if devices is None:
        return nullcontext()
    from engine.models.devices import on_devices

    return on_devices(devices)


def _reader(name: str) -> Parser:
    from indexer.parsers import PARSERS, parser_called, parser_for

    parser = parser_called(name) or parser_for(f"document.{name.lstrip('.')}")
    if parser is None:
        raise UsageError(f"No format is called {name!r}.", f"Name one of {', '.join(known.name for known in PARSERS)}.")
    return parser


def _suffix(name: str) -> str:
    """The suffix of a file in the format that --as names, by its name or its suffix. UsageError."""
    from indexer.parsers import container_for, parser_for, record_parser_for

    suffix = f".{name.lstrip('.')}"
    known = (parser_for(suffix), record_parser_for(suffix), container_for(suffix))
    return suffix if any(known) else _reader(name).suffixes[0]


def _others(
    paths: list[str], sql: str | None, query: str | None, identifier: str | None, read_as: str, *, ocr: bool
) -> Iterable[Source | Failed] | None:
    """Sources from a database or from the standard input; None where paths are meant. UsageError."""
    from indexer.sources.sql import sql_sources
    from indexer.sources.submitted import SubmittedFile, file_source

    if sql is not None or query is not None:
        if sql is None or query is None or paths:
            raise UsageError("--sql and --query belong together, without PATHS.", "Give both.")
        return sql_sources(sql, query)
    if "-" in paths:
        if len(paths) > 1 or not identifier:
            raise UsageError("- stands alone, and its document needs an id.", "Give it with --id.")
        name = read_as if "." in read_as.lstrip(".") else f"{identifier.rpartition('/')[2]}{_suffix(read_as)}"
        return [file_source(SubmittedFile(identifier, name, standard_input()), ocr=ocr)]
    if not paths:
        raise UsageError("No documents are named.", "Give PATHS, or --sql with --query.")
    return None


def _dry_run(selection: Selection, home: Path, collection: str, *, mirror: bool, force: bool, as_json: bool) -> None:
    from indexer.folders.plan import plan

    made = plan(selection, home=home, collection=collection, mirror=mirror, force=force)
    if as_json:
        print_json(made.to_json())
    else:
        show_plan(made, mirror=mirror)
    if made.failed:
        raise typer.Exit(PARTIAL)


def _upgrade(home: Path, collection: str) -> dict[str, Any] | None:
    """The upgrade's report as JSON; None where there was nothing to do."""
    from indexer.upgrade import upgrade

    done = upgrade(home, collection)
    if done is None:
        return None
    print(
        f"{collection}: {count(done.embedded, 'chunk')} embedded again; now searched with {done.encoder} "
        f"(generation {done.generation})",
        file=sys.stderr,
    )
    return asdict(done)
