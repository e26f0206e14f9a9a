"""`winnow ingest`: read files and folders into a collection."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from engine.terminal.options import Collection, Home, Json, Models, Preset, home_of, models_of
from engine.terminal.output import count, print_json, printable

if TYPE_CHECKING:
    from indexer.report import IngestReport, Problem

PARTIAL = 3  # exit code: some documents failed
INTERRUPTED = 130  # exit code of what Ctrl-C ended
SHOWN = 10  # problems printed in full; --json lists all


def _list_formats(wanted: bool) -> None:
    if wanted:
        from indexer.parsers import formats

        for known in formats():
            print(f"{known.label} ({known.name}): {' '.join(known.suffixes)}")
        raise typer.Exit


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, BEIR directories.", show_default=False)],
    collection: Collection = "default",
    home: Home = None,
    models: Models = None,
    preset: Preset = None,
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
    read_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="FORMAT",
            help="Read every file as this format, such as text, whatever its name says.",
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
    ingest keeps what was committed, and running it again does the rest. Nothing that is missing from PATHS is deleted.
    """
    from api.terminal.progress import ingest_progress
    from indexer.ingest import ingest as run
    from indexer.upgrade import is_upgraded

    encoder, reranker = models_of(models, preset)
    place = home_of(home)
    if upgrade and is_upgraded(place, collection):
        encoder = reranker = None  # the collection goes on with what an earlier run has given it
    try:
        with ingest_progress() as watch:
            report = run(
                paths,
                home=place,
                collection=collection,
                encoder=encoder,
                reranker=reranker,
                chunker=chunker,
                text_first=text_first,
                read_as=read_as,
                watch=watch,
            )
        if not as_json:
            _show(report)
        upgraded = _upgrade(place, collection) if upgrade else None
    except KeyboardInterrupt:
        print("Interrupted. What was committed is kept; the same command does the rest.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(report.to_json() | ({"upgrade": upgraded} if upgrade else {}))
    if report.failed:
        raise typer.Exit(PARTIAL)


def _upgrade(home: Path, collection: str) -> dict[str, Any] | None:
    """What the upgrade did, as JSON; None where there was nothing to do."""
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


def _show(report: IngestReport) -> None:
    notes = Console(stderr=True, highlight=False)
    _list(notes, "failed", report.failed)
    _list(notes, "warning", report.warnings)
    for note in report.notes:
        notes.print(f"note: {note}", markup=False, soft_wrap=True)
    if report.skipped:
        kinds = "; ".join(report.skipped_by_kind)
        notes.print(printable(f"skipped: {kinds} (--json lists them)."), markup=False, soft_wrap=True)
    if report.documents == 0:
        notes.print("No documents found.")
    print(
        f"{report.collection}: {report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{len(report.failed)} failed; {count(report.chunks, 'chunk')} in {report.seconds:.1f} s "
        f"(generation {report.generation})"
    )


def _list(notes: Console, label: str, problems: list[Problem]) -> None:
    for problem in problems[:SHOWN]:
        line = f"{label}: {problem.source}: {problem.reason} {problem.remedy}".rstrip()
        notes.print(printable(line), markup=False, soft_wrap=True)
    if len(problems) > SHOWN:
        notes.print(f"{label}: and {len(problems) - SHOWN} more (--json lists them).")
