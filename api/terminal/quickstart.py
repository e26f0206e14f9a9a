"""`make quickstart`: ingest the sample collection, search it three times, say what to type next."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

QUERIES = (
    "compost bin stinks of bad eggs",
    "got the flu during my vacation, can I have those days back",
    "abrí una botella y el vino huele a cartón húmedo",
)
NEXT = """\
  {winnow} ingest PATH_TO_YOUR_DOCUMENTS
  {winnow} search "your question" --explain
  {winnow} ask-document FILE.pdf "your question"
  {winnow} --help
They are kept in {place} (--home or WINNOW_HOME names another place)."""


def quickstart(home: Annotated[Path, typer.Option("--home", help="Where the collection is kept.")]) -> None:
    """Run the main job on real documents, with the bundled models and no network."""
    from api.terminal.progress import counted, ingest_progress
    from api.terminal.rendering import show
    from data import SAMPLE
    from engine.collection import open_collection
    from engine.settings import settings
    from engine.terminal.output import count
    from indexer.ingest import ingest
    from indexer.warming import warm

    out, winnow = Console(highlight=False, emoji=False), shlex.quote(_shown(Path(sys.executable).parent / "winnow"))
    articles, kept = shlex.quote(_shown(SAMPLE / "articles")), f"--home {shlex.quote(str(home))}"
    out.print(f"$ {winnow} ingest {articles} {kept}", markup=False, soft_wrap=True)
    with ingest_progress(lines=True) as watch:
        report = ingest(
            [SAMPLE / "articles"],
            home=home,
            collection="default",
            watch=watch,
        )
    out.print(
        f"{count(report.added, 'document')} added, {report.unchanged} unchanged, "
        f"{count(report.chunks, 'chunk')} embedded in {report.seconds:.0f} s\n"
    )
    out.print(f"$ {winnow} warm {kept}", markup=False, soft_wrap=True)
    with open_collection("default", home=home) as collection:
        with counted("read", "passage") as told:
            warmed = warm(collection, told)
        out.print(f"{count(warmed.passages, 'passage')} read by the reranker, before anybody asks\n")
        for query in QUERIES:
            out.print(f'$ {winnow} search "{query}" -k 3 --explain {kept}', markup=False, soft_wrap=True)
            show(collection.search(query, 3), explain=True)
            out.print()
    following = NEXT.format(winnow=winnow, place=settings().home)
    out.print(f"Now your own documents:\n{following}", markup=False, soft_wrap=True)


def _shown(path: Path) -> str:
    """Relative to the current folder where it lies below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    typer.run(quickstart)
