"""`winnow bench document`: questions to one long document."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.assessment.assess_command import DataSets, Limit, Pair
from benchmarks.options import Split
from engine.terminal.options import Json


def document(
    datasets: DataSets,
    split: Split = "dev",
    models: Pair = None,
    characters: Annotated[
        int, typer.Option("--characters", min=1000, help="Length of each document; 600,000 are some 300 pages.")
    ] = 600_000,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Ask a long document, made of a collection's documents, as `ask-document` does: how often its first passages
    answer.
    """
    from benchmarks.one_document import ask, long_document
    from engine.models import LocalModels
    from engine.terminal.options import models_of
    from indexer.evaluation.datasets import load_dataset
    from indexer.evaluation.progress import progress
    from indexer.in_document import open_source

    encoder, reranker = models_of(models)
    source = LocalModels()
    places: list[int] = []
    passages: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as scratch:
        for name in datasets:
            data = load_dataset(name, split, Path(scratch)).limited(limit)
            made = long_document(data, characters)
            with (
                progress(len(data.queries)) as watch,
                open_source([made.source], name, encoder=encoder, reranker=reranker, models=source) as opened,
            ):
                places += ask(made, data, opened, watch.query).values()
                passages[data.name] = opened.generation.manifest.living.chunks
    shares = {most: sum(0 < place <= most for place in places) / len(places) for most in (1, 3, 10)}
    if as_json:
        named = {f"first {most}": share for most, share in shares.items()}
        print(json.dumps({"passages": passages, "questions": len(places), **named}))
        return
    print(f"{len(places)} questions to {', '.join(f'{name} ({count} passages)' for name, count in passages.items())}")
    for most, share in shares.items():
        print(
            f"  answered by one of the first {most}: {share:.1%}"
            if most > 1
            else f"  answered by the first: {share:.1%}"
        )
