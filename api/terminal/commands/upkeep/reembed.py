"""`winnow reembed`: another encoder for a collection."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from engine.terminal.options import (
    CollectionArgument,
    DocumentPrompt,
    Home,
    Json,
    NamedCollection,
    QueryPrompt,
    collection_of,
    home_of,
)
from engine.terminal.output import count, print_json

if TYPE_CHECKING:
    from indexer.reembed import ReembedReport

INTERRUPTED = 130  # exit code of what Ctrl-C ended


def reembed(
    argument: CollectionArgument = None,
    collection: NamedCollection = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            "--encoder", help="Preset, directory, Hugging Face id or address (docs/models.md).", show_default=False
        ),
    ] = None,
    query_prompt: QueryPrompt = None,
    document_prompt: DocumentPrompt = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what was interrupted.")] = False,
    switch: Annotated[
        bool, typer.Option("--switch/--no-switch", help="Let the new vectors take over; else only compare.")
    ] = True,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Embed a collection with another encoder beside the present one, compare the two, and switch in one commit.

    Searches go on meanwhile with the old encoder. The text is not read or cut again.
    """
    from indexer.prompting import AskedPrompts
    from indexer.reembed import reembed as run

    if (encoder is None) != resume:
        raise UsageError("Give either --encoder or --resume.", "winnow reembed -c COLLECTION --encoder MODEL")
    name = collection_of(argument, collection)
    try:
        report = run(home_of(home), name, encoder, prompts=AskedPrompts(query_prompt, document_prompt), switch=switch)
    except KeyboardInterrupt:
        print(f"Interrupted. `winnow reembed -c {name} --resume` does the rest.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(asdict(report))
    else:
        _show(report)


def _show(report: ReembedReport) -> None:
    if report.cut:
        print(f"warning: {report.encoder} reads only the beginning of {count(report.cut, 'chunk')}.", file=sys.stderr)
    found = report.comparison
    if found is not None:
        print(f"overlap@10 with the old encoder: {found.overlap:.3f} ({count(found.queries, 'query', 'queries')})")
        print(f"milliseconds a query, dense leg: {found.old_ms:.1f} before, {found.new_ms:.1f} after")
    done = "now searched with" if report.switched else "embedded with"
    embedded = count(report.embedded, "chunk")
    print(f"{report.collection}: {embedded}; {done} {report.encoder} (generation {report.generation})")
    if report.switched:
        print("What was tuned for the old encoder is gone: run `winnow tune` again.", file=sys.stderr)
