"""A progress bar on stderr; silent where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

if TYPE_CHECKING:
    from indexer.report import Progress as IngestProgress


@dataclass(frozen=True, slots=True)
class Watch:
    """Shows how a run proceeds: how its build goes on, then queries done."""

    build: Callable[[IngestProgress], None] = lambda progress: None
    query: Callable[[int], None] = lambda done: None


@contextmanager
def progress(queries: int) -> Iterator[Watch]:
    """A watch that draws the build, then the queries."""
    console = Console(stderr=True, emoji=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("indexing", total=None)

        def build(made: IngestProgress) -> None:
            bar.update(task, description=f"indexing: {made.documents} documents, {made.chunks} chunks")

        def query(done: int) -> None:
            bar.update(task, description="queries", total=queries, completed=done)

        yield Watch(build, query)
