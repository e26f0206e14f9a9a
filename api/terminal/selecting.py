"""The common part of `winnow ingest` and `winnow watch`: which documents are meant, and what became of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from engine.errors import MirrorRefused, SourceNotFound, UsageError
from engine.terminal.output import count, printable

if TYPE_CHECKING:
    from indexer.folders.plan import Plan
    from indexer.folders.selection import Selection
    from indexer.report import IngestReport, Problem

SHOWN = 10  # problems printed in full; --json lists all

Include = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="GLOB", help="Only files that match, as in .gitignore; repeatable."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="No files or folders that match, as in .gitignore; repeatable."),
]
Root = Annotated[
    str | None,
    typer.Option(
        "--root",
        metavar="NAME",
        help="What the folder PATH is called in ids; a root of that name has moved there.",
        show_default="the folder's name",
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Remove what is gone even if it is more than half of what is stored.")
]

Ocr = Annotated[
    bool,
    typer.Option(
        "--ocr",
        help="Also read text in pictures, and on pages of PDFs that are pictures: some seconds each (extra `ocr`).",
    ),
]


Scope = Annotated[
    str | None,
    typer.Option(
        "--scope",
        metavar="URL",
        help="Of a site: read all pages below this address that PATHS lead to.",
        show_default="the address, if it ends in /",
    ),
]
MaxPages = Annotated[int, typer.Option("--max-pages", min=1, help="Of a site: stop after so many pages.")]
Rate = Annotated[
    float | None,
    typer.Option(
        "--rate",
        min=0.01,
        metavar="N",
        help="Of a site: at most so many requests in a second; fewer where its robots.txt wants that.",
        show_default="5; on this machine as many as it answers",
    ),
]


def selection_of(
    paths: Sequence[str], include: list[str] | None, exclude: list[str] | None, root: str | None, *, ocr: bool = False
) -> Selection:
    """The documents that are meant."""
    from indexer.folders.selection import Selection, place_of

    return Selection(tuple(map(place_of, paths)), tuple(include or ()), tuple(exclude or ()), root, ocr=ocr)


def standard_input() -> bytes:
    """All of standard input. UsageError where it is closed."""
    if sys.stdin is None:
        raise UsageError("Standard input is closed.", "Send the document there: `... < FILE`, or name a file.")
    return sys.stdin.buffer.read()


def show_report(report: IngestReport, *, mirror: bool = False) -> None:
    """Print what an ingest did: problems on stderr, the counts on stdout."""
    notes = Console(stderr=True, highlight=False, emoji=False)
    list_problems(notes, "failed", report.failed)
    list_problems(notes, "warning", report.warnings)
    for note in report.notes:
        notes.print(f"note: {note}", markup=False, soft_wrap=True)
    _show_skipped(notes, report.skipped_by_kind)
    if report.documents + report.removed == 0:
        notes.print("No documents found.")
    in_step = f"{report.renamed} renamed, {report.removed} removed, " if mirror else ""
    print(
        f"{report.collection}: {report.added} added, {report.updated} updated, {in_step}{report.unchanged} unchanged, "
        f"{len(report.failed)} failed; {count(report.chunks, 'chunk')} in {report.seconds:.1f} s "
        f"(generation {report.generation})"
    )


def show_plan(plan: Plan, *, mirror: bool, option: str = "--yes") -> None:
    """Print what an ingest would do, a line for each document that it would touch."""
    from indexer.report import summed

    notes = Console(stderr=True, highlight=False, emoji=False)
    list_problems(notes, "failed", plan.failed)
    list_problems(notes, "warning", plan.warnings)
    _show_skipped(notes, summed(plan.skipped))
    for label, names in (("add", plan.added), ("change", plan.changed)):
        for name in names:
            print(printable(f"{label:7} {name}"))
    for old, new in plan.renamed:
        print(printable(f"rename  {old} -> {new}"))
    for name in plan.gone:
        print(printable(f"remove  {name}"))
    in_step = f"{len(plan.renamed)} to rename, {len(plan.gone)} to remove, " if mirror else ""
    print(
        f"{plan.collection}: {len(plan.added)} to add, {len(plan.changed)} to update, {in_step}"
        f"{plan.unchanged} unchanged, {len(plan.failed)} failed; nothing was parsed or written"
    )
    if plan.added or plan.changed:
        unknown = "note: whether a file that is new or changed can be parsed shows only when it is ingested."
        notes.print(unknown, soft_wrap=True)
    if plan.refused:
        notes.print(printable(f"note: without {option} nothing would be removed: {plan.refused}"), markup=False)


def list_problems(notes: Console, label: str, problems: Sequence[Problem]) -> None:
    """The first problems, a line each."""
    for problem in problems[:SHOWN]:
        line = f"{label}: {problem.source}: {problem.reason} {problem.remedy}".rstrip()
        notes.print(printable(line), markup=False, soft_wrap=True)
    if len(problems) > SHOWN:
        notes.print(f"{label}: and {len(problems) - SHOWN} more (--json lists them).")


@contextmanager
def saying_how_to_remove(option: str) -> Iterator[None]:
    """Tell, where a place is not found in the block, which option removes what is stored of it."""
    try:
        yield
    except SourceNotFound as error:
        removes = f"If it is gone for good, {option} removes what is stored of it."
        raise SourceNotFound(error.message, f"{error.remedy} {removes}") from None


def check_refused(report: IngestReport, option: str = "--yes") -> None:
    """MirrorRefused where a mirror has kept what is gone."""
    if report.refused:
        raise MirrorRefused(
            f"{report.refused} Nothing was removed; what is new was stored.",
            f"Is it the right path, and mounted? {option} removes them.",
        )


def _show_skipped(notes: Console, kinds: Sequence[str]) -> None:
    if kinds:
        others = [count(len(kinds) - SHOWN, "other kind")] if len(kinds) > SHOWN else []
        told = "; ".join([*kinds[:SHOWN], *others])
        notes.print(printable(f"skipped: {told} (--json lists them)."), markup=False, soft_wrap=True)
