"""`winnow update`: bring the collections of a `winnow.toml` in step with their roots."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.terminal.selecting import check_refused, saying_how_to_remove, show_plan, show_report
from engine.terminal.options import Home, Json, home_of, models_of
from engine.terminal.output import print_json

if TYPE_CHECKING:
    from api.terminal.project import Wanted
    from indexer.report import IngestReport

PARTIAL = 3  # exit code: some documents failed
INTERRUPTED = 130  # exit code of what Ctrl-C ended


def update(
    collections: Annotated[
        list[str] | None,
        typer.Option("--collection", "-c", help="Only this one of the file; repeatable.", show_default="all"),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="The winnow.toml to use.", show_default="that of this folder or the next above"),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Use a winnow.toml that is new here without asking.")
    ] = False,
    remove_gone: Annotated[
        bool,
        typer.Option("--remove-gone", help="Remove what is gone even if it is more than half of what is stored."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done; no file is parsed.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Bring each collection of winnow.toml in step with its roots, as `winnow ingest --mirror` does for one.

    A file that this home has not used before, or that was changed, is asked about first: it says what is read, and
    what is removed. A preset is that of a new collection; one that exists keeps its models.
    """
    from api.terminal.project import find, read
    from api.terminal.trust import check_trusted

    project = read(file or find(Path.cwd()))
    wanted, place = project.of(collections or []), home_of(home)
    check_trusted(place, project, yes=yes)
    folder = project.path.parent
    if dry_run:
        _dry_run(wanted, folder, place, force=remove_gone, as_json=as_json)
        return
    reports = []
    for name, one in wanted.items():
        with nullcontext() if remove_gone else saying_how_to_remove("--remove-gone"):
            report = _update(name, one, folder, place, force=remove_gone)
        if not as_json:
            show_report(report, mirror=True)
        reports.append(report)
    if as_json:
        print_json({"file": str(project.path), "collections": [report.to_json() for report in reports]})
    for report in reports:
        check_refused(report, option="--remove-gone")
    if any(report.failed for report in reports):
        raise typer.Exit(PARTIAL)


def _update(name: str, wanted: Wanted, folder: Path, home: Path, *, force: bool) -> IngestReport:
    from api.terminal.progress import ingest_progress
    from engine.store.collections import list_collections
    from indexer.ingest import ingest_selection

    exists = any(known.name == name for known in list_collections(home))
    encoder, reranker = models_of(None, None if exists else wanted.preset)
    try:
        with ingest_progress() as watch:
            return ingest_selection(
                wanted.selection(folder),
                home=home,
                collection=name,
                encoder=encoder,
                reranker=reranker,
                mirror=True,
                force=force,
                watch=watch,
            )
    except KeyboardInterrupt:
        print("Interrupted. What was committed is kept; the same command does the rest.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _dry_run(wanted: dict[str, Wanted], folder: Path, home: Path, *, force: bool, as_json: bool) -> None:
    from indexer.folders.plan import plan

    plans = [
        plan(one.selection(folder), home=home, collection=name, mirror=True, force=force)
        for name, one in wanted.items()
    ]
    if as_json:
        print_json({"collections": [made.to_json() for made in plans]})
    else:
        for made in plans:
            show_plan(made, mirror=True, option="--remove-gone")
    if any(made.failed for made in plans):
        raise typer.Exit(PARTIAL)
