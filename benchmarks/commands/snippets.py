"""`winnow bench snippets`: how many snippets hold the answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.terminal.options import Json


def snippets(
    questions: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="JSON lines with q, doc and quote.")
    ],
    collection: Annotated[str, typer.Option("--collection", "-c", help="The collection that holds the documents.")],
    home: Annotated[Path | None, typer.Option("--home", help="Where the collection is.", show_default=False)] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Ask only the first N questions.")] = None,
    rerank: Annotated[
        bool, typer.Option("--rerank/--no-rerank", help="Rerank as the collection does, or not at all.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Measure how many snippets of the right first hits hold the words that answer the question.

    Those count whose passage holds the answer: 60% or 80% of the quote's distinct words but for function words, or the
    whole quote.
    """
    from benchmarks.snippets import measure, read_questions
    from engine.collection import open_collection

    asked = read_questions(questions)[:limit]
    with open_collection(collection, home=home) as opened:
        tally = measure(opened, asked, rerank)
    if as_json:
        print(json.dumps({"collection": collection, **asdict(tally)}))
        return
    print(
        f"{collection}: {tally.questions} questions, {tally.right} right first hits, {tally.length:.0f} characters each"
    )
    for name, shown in tally.shown.items():
        print(f"  {name}: in {shown.passages} passages, and in {shown.snippets} of their snippets ({shown.share:.1%})")
