"""Progress bars on stderr; silent where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from api.output import count


class IngestProgress:
    """Draws what an ingest tells: documents read and chunks embedded, of how many and until when once that is known."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("opening", total=None)
        self._total: int | None = None

    def watch(self, documents: int, chunks: int, commits: int) -> None:
        """The `watch` of `indexer.ingest`."""
        read, kept = count(documents, "document"), count(commits, "commit")
        embedded = f"{chunks:,} of {count(self._total, 'chunk')}" if self._total else count(chunks, "chunk")
        self._bar.update(self._task, description=f"{read}, {embedded} embedded, {kept}", completed=chunks)

    def expect(self, chunks: int) -> None:
        """The `expect` of `indexer.ingest`: how many chunks will be embedded in all."""
        self._total = chunks
        self._bar.update(self._task, total=chunks)


class _Remaining(TimeRemainingColumn):
    """Nothing where the total is not known."""

    def render(self, task: Task) -> Text:
        return Text("") if task.total is None else Text("about ") + super().render(task) + Text(" left")


@contextmanager
def ingest_progress() -> Iterator[IngestProgress]:
    """For the length of an ingest."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        _Remaining(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield IngestProgress(bar)
