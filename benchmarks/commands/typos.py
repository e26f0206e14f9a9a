"""`winnow bench typos`: a judged collection asked as it stands, with one typo a query, and with corrections."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.options import DataSet, Split, models_of
from engine.terminal.options import Json

if TYPE_CHECKING:  # what it imports is heavy, and `--help` reads this file
    from engine.query.ranking import Ranking
    from engine.types import StageName

STAGES: tuple[StageName, ...] = ("lexical", "fusion")


def typos(
    dataset: DataSet,
    split: Split = "test",
    models: Annotated[
        str | None, typer.Option("--models", metavar="ENCODER[,RERANKER]", help="Another pair.", show_default=False)
    ] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Keep the index here for the next run.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N judged queries.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the typos.")] = 1,
    as_json: Json = False,
) -> None:
    """nDCG@10 of the lexical and the fused stage: as judged, mistyped, and mistyped but corrected."""
    from benchmarks.index import build_index
    from benchmarks.metrics import evaluate
    from benchmarks.mistyped import with_typos
    from engine.collection import open_collection
    from engine.query.pipeline import Request
    from engine.recipe import Recipe
    from indexer.evaluation.datasets import load_dataset

    encoder, _ = models_of(models)
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as scratch:
        place = home.expanduser() if home else Path(scratch)
        data = load_dataset(dataset, split, place / "datasets").limited(limit)
        build = build_index(data, place, encoder, lambda progress: None)
        mistyped = with_typos(data.queries, seed)
        kinds = {"as judged": (data.queries, True), "mistyped": (mistyped, False), "corrected": (mistyped, True)}
        qrels = {key: data.qrels[key] for key in mistyped}
        figures: dict[str, dict[str, float]] = {}
        with open_collection(build.collection, home=place, encoder=encoder, recipe=Recipe(rerank="none")) as opened:
            for kind, (queries, correct) in kinds.items():
                asked = {key: opened.searcher.rank(Request(queries[key], correct=correct)) for key in mistyped}
                runs = {stage: _run(asked, stage) for stage in STAGES}
                figures[kind] = {stage: evaluate(qrels, run)["nDCG@10"] for stage, run in runs.items()}
    if as_json:
        typer.echo(json.dumps({"queries": len(mistyped), "seed": seed, "nDCG@10": figures}, indent=2))
        return
    for kind, values in figures.items():
        typer.echo(f"{kind:>10}  lexical {values['lexical']:.4f}  fused {values['fusion']:.4f}")


def _run(asked: Mapping[str, Ranking], stage: StageName) -> dict[str, list[str]]:
    return {query: [key for key, _ in ranking.stages[stage]] for query, ranking in asked.items()}
