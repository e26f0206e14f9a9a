"""Progress bars on stderr; silent where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from indexer.ingest import Watch
    from indexer.report import Progress as IngestProgress


@contextmanager
def ingest_progress() -> Iterator[Watch]:
    """A watch for `indexer.ingest` that draws documents read, chunks embedded and commits."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("opening", total=None)

        def watch(told: IngestProgress) -> None:
            progress.update(
                task,
                description=f"{told.documents} documents, {told.chunks} chunks embedded, {told.commits} commits",
                total=told.total,
                completed=told.chunks,
            )

        yield watch
