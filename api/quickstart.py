"""The end of `make quickstart`: three searches with their why, and what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

QUERIES = (
    "why does my compost smell bad",
    "how many days of parental leave do I get",
    "回收垃圾的规定",
)


def quickstart(home: Annotated[Path, typer.Option("--home")]) -> None:
    """Search the sample collection three times."""
    from api.rendering import show
    from engine import open_collection

    out = Console(highlight=False)
    with open_collection("default", home=home) as collection:
        for query in QUERIES:
            out.rule(f'[bold]winnow search "{query}" -k 3 --explain')
            show(collection.search(query, 3), explain=True)
    out.rule("[bold]Your own documents")
    out.print(
        "  .venv/bin/winnow ingest PATH_TO_YOUR_DOCUMENTS\n"
        '  .venv/bin/winnow search "your question" --explain\n'
        '  .venv/bin/winnow ask-document FILE.pdf "your question"\n'
        "  .venv/bin/winnow --help"
    )


if __name__ == "__main__":
    typer.run(quickstart)
