"""`make quickstart`: ingest the sample collection, search it three times, say what to type next."""

from __future__ import annotations

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
  .venv/bin/winnow ingest PATH_TO_YOUR_DOCUMENTS
  .venv/bin/winnow search "your question" --explain
  .venv/bin/winnow ask-document FILE.pdf "your question"
  .venv/bin/winnow --help"""


def quickstart(home: Annotated[Path, typer.Option("--home", help="Where the collection is kept.")]) -> None:
    """Run the main job on real documents, with the bundled models and no network."""
    from api.progress import ingest_progress
    from api.rendering import show
    from data import SAMPLE
    from engine import open_collection
    from indexer.ingest import ingest

    out = Console(highlight=False)
    out.print(f"$ winnow ingest {SAMPLE / 'articles'}", markup=False, soft_wrap=True)
    with ingest_progress() as watch:
        report = ingest([SAMPLE / "articles"], home=home, collection="default", watch=watch)
    out.print(
        f"{report.added} documents added, {report.unchanged} unchanged, {report.chunks} chunks embedded "
        f"in {report.seconds:.0f} s\n"
    )
    with open_collection("default", home=home) as collection:
        for query in QUERIES:
            out.print(f'$ winnow search "{query}" -k 3 --explain', markup=False, soft_wrap=True)
            show(collection.search(query, 3), explain=True)
            out.print()
    out.print(f"Now your own documents:\n{NEXT}", markup=False)


if __name__ == "__main__":
    typer.run(quickstart)
