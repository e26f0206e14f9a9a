"""Progress bars on stderr; where it is no terminal, a line now and then, or one for each stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from engine.terminal.output import count

if TYPE_CHECKING:
    from indexer.ingest import Watch
    from indexer.report import Progress as IngestProgress


EVERY = 10.0  # seconds between two lines of progress where no bar can be drawn


class _Remaining(TimeRemainingColumn):
    """Column of the time that remains, empty where the total is not known."""

    def render(self, task: Task) -> Text:
        return Text("") if task.total is None else Text("about ") + super().render(task) + Text(" left")


def _columns() -> tuple[ProgressColumn, ...]:
    return (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        _Remaining(),
    )


@contextmanager
def counted(done: str, noun: str) -> Iterator[Callable[[int, int], None]]:
    """A watch that is told (so many, of so many) and draws it: `12 of 40 passages read`."""
    console = Console(stderr=True, emoji=False)
    with Progress(*_columns(), console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("opening", total=None)

        def watch(completed: int, total: int) -> None:
            described = f"{completed:,} of {count(total, noun)} {done}"
            bar.update(task, description=described, total=total, completed=completed)

        yield watch


@contextmanager
def ingest_progress(*, lines: bool = False, clock: Callable[[], float] = time.monotonic) -> Iterator[Watch]:
    """A watch for `indexer.ingest` that draws documents read and chunks embedded: of how many, and until when, once
    that is known. Where stderr is no terminal it prints the same every EVERY seconds, and with `lines` a line for each
    of these stages.
    """
    console = Console(stderr=True, emoji=False)
    told: set[str] = set()
    due = clock() + EVERY

    def tell(stage: str, of: str) -> None:
        if lines and not console.is_terminal and stage not in told:
            told.add(stage)
            console.print(f"{stage} {of} ...", markup=False, soft_wrap=True)

    tell("Opening", "the models")
    with Progress(*_columns(), console=console, transient=True, disable=not console.is_terminal) as bar:
        task, reading = bar.add_task("opening", total=None), True

        def watch(made: IngestProgress) -> None:
            nonlocal reading, due
            if reading and made.total is not None:  # from bytes to chunks, whose pace is another
                reading = False
                bar.reset(task)
            completed, total = (made.read, made.size) if reading else (made.chunks, made.total)
            if reading:
                tell("Reading", "the documents")
            else:
                tell("Embedding", count(made.total or 0, "chunk"))
            bar.update(task, description=described(made), total=total, completed=completed)
            if not console.is_terminal and clock() >= due:
                due = clock() + EVERY
                console.print(described(made), markup=False, highlight=False, soft_wrap=True)

        yield watch


def described(made: IngestProgress) -> str:
    """Progress in words: `662 documents, 12.5 of 40.1 MB read, 1,536 chunks embedded, 2 commits`, or `1,536 of 7,342
    chunks`.
    """
    read = f"{made.read / 1e6:,.1f} of {made.size / 1e6:,.1f} MB read, " if made.size and made.total is None else ""
    chunks = f"{made.chunks:,} of {count(made.total, 'chunk')}" if made.total else count(made.chunks, "chunk")
    return f"{count(made.documents, 'document')}, {read}{chunks} embedded, {count(made.commits, 'commit')}"
