"""`winnow tune`: choose a collection's recipe by evidence, fit its calibration, store both with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import UsageError
from engine.settings import settings
from engine.terminal.options import Collection, Home, Json, home_of
from engine.terminal.output import print_json
from indexer.evaluation.tuning.judged import ENOUGH

if TYPE_CHECKING:
    from engine.store.generation import Generation
    from indexer.evaluation.tuning.judged import Judged


def tune(
    collection: Collection = "default",
    home: Home = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", metavar="FILE.jsonl", help="Queries: _id and text, one object a line.")
    ] = None,
    qrels: Annotated[
        Path | None, typer.Option("--qrels", metavar="FILE.tsv", help="Their judgements: query, document, grade.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="DIR_OR_NAME", help="Queries of a BEIR or parquet folder.")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="Which judgements of --dataset.")] = "train",
    pseudo: Annotated[
        int | None, typer.Option("--pseudo", min=1, metavar="N", help="Make N queries from the documents themselves.")
    ] = None,
    from_page: Annotated[
        bool, typer.Option("--judged", help="What people judged of its hits on the page of `winnow serve`.")
    ] = False,
    models: Annotated[
        str | None, typer.Option("--models", metavar="ENCODER[,RERANKER]", help="Another pair.", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N queries.")] = None,
    bm25: Annotated[bool, typer.Option("--bm25", help="Try other k1, b and title weights too.")] = False,
    depth: Annotated[
        int | None, typer.Option("--depth", min=1, help="The most passages that a recipe may rerank.")
    ] = None,
    observations: Annotated[
        Path | None, typer.Option("--observations", metavar="DIR", help="Keep what was observed, for the next run.")
    ] = None,
    store: Annotated[
        bool | None,
        typer.Option(
            "--store/--dry-run",
            help=f"Store the recipe, or only show it. By default it is stored from {ENOUGH} judged queries on; fewer, "
            "and queries made by --pseudo, only propose.",
            show_default=False,
        ),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the untuned recipe.")] = False,
    as_json: Json = False,
) -> None:
    """Choose the recipe (fusion, weights, whether to rerank) by judged queries, and store it with its evidence.

    The untuned recipe stays unless another is better by more than noise.
    """
    from api.terminal.tuning_table import show
    from indexer.evaluation.tuning.run import run_tuning

    place = home_of(home)
    if reset:
        _reset(place, collection, as_json)
        return

    def judged(generation: Generation) -> Judged:
        return _judged(generation, queries, qrels, dataset, split, pseudo, from_page).limited(limit)

    outcome = run_tuning(
        place, collection, judged, models=models, bm25=bm25, depth=depth, kept=observations, store=store
    )
    if as_json:
        print_json(outcome)
    else:
        show(outcome, asked=store)


def _reset(home: Path, collection: str, as_json: bool) -> None:
    from engine.recipe import Recipe
    from indexer.evaluation.tuning.run import reset
    from indexer.evaluation.tuning.space import describe

    done = reset(home, collection)
    if as_json:
        print_json(done)
    else:
        recipe = describe(Recipe().with_(**done["recipe"]))
        print(f"{collection}: back to the untuned recipe ({recipe}), generation {done['generation']}")


def _judged(
    generation: Generation,
    queries: Path | None,
    qrels: Path | None,
    dataset: str | None,
    split: str,
    pseudo: int | None,
    from_page: bool,
) -> Judged:
    from indexer.evaluation.datasets import load_dataset
    from indexer.evaluation.judging import Judgements
    from indexer.evaluation.tuning.judged import of_dataset, read_judged
    from indexer.evaluation.tuning.pseudo import pseudo_queries

    given = (queries is not None and qrels is not None, dataset is not None, pseudo is not None, from_page)
    if sum(given) != 1 or (queries is None) != (qrels is None):
        raise UsageError(
            "Tuning needs one source of queries.",
            "Give --judged, or --queries with --qrels, or --dataset, or --pseudo N.",
        )
    if from_page:
        return Judgements(generation.layout).for_tuning()
    if queries is not None and qrels is not None:
        return read_judged(queries, qrels)
    if dataset is not None:
        return of_dataset(load_dataset(dataset, split, settings().home / "datasets"))
    return pseudo_queries(generation, pseudo or 0)
