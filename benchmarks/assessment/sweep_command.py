"""`winnow bench sweep`: what a knob of the recipe is worth on development queries, all values in one run."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.assessment.assess_command import Limit, Observations, Only, Pair
from benchmarks.options import DataSet, Split
from engine.errors import UsageError
from engine.terminal.options import Json

if TYPE_CHECKING:
    from engine.recipe import Recipe


def sweep(
    dataset: DataSet,
    observations: Observations,
    vary: Annotated[
        list[str],
        typer.Option("--vary", metavar="NAME=A,B,...", help="Try each value (repeatable: all combinations are tried)."),
    ],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change the recipe, e.g. rerank=none (repeatable)."),
    ] = None,
    split: Split = "train",
    models: Pair = None,
    only: Only = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Measure recipes that differ in a knob or two, on development queries: each passage is scored once."""
    from benchmarks.assessment.collecting import observe_dataset
    from engine.recipe import Recipe
    from indexer.evaluation.tuning.measuring import ndcg, recall
    from indexer.evaluation.tuning.observation import Replay

    named = recipes_of(Recipe().with_settings(set_ or ()), vary)
    judged, observed, _, _ = observe_dataset(dataset, split, observations, models, only, limit, list(named.values()))
    replays = [(Replay(one), judged.qrels[one.query]) for one in observed.observations.values()]
    rows = []
    for name, recipe in named.items():
        lists = [([key for key, _ in replay.order(recipe)], qrels) for replay, qrels in replays]
        quality = sum(ndcg(found, qrels) for found, qrels in lists) / len(lists)
        reached = sum(recall(found, qrels) for found, qrels in lists) / len(lists)
        rows.append({"recipe": name, "nDCG@10": round(quality, 4), "R@100": round(reached, 4)})
    if as_json:
        print(json.dumps({"collection": judged.name, "queries": len(lists), "rows": rows}))
        return
    print(f"{judged.name}, {len(lists)} queries")
    for row in rows:
        print(f"{row['nDCG@10']:.4f}  {row['R@100']:.4f}  {row['recipe']}")


def recipes_of(base: Recipe, vary: list[str]) -> dict[str, Recipe]:
    """Every combination of the values, by what it changes. UsageError for an unknown name or value."""
    choices = []
    for setting in vary:
        name, _, values = setting.partition("=")
        if not values:
            raise UsageError(f"--vary takes NAME=A,B,..., not {setting!r}.")
        choices.append([f"{name}={value.strip()}" for value in values.split(",")])
    return {" ".join(combination): base.with_settings(combination) for combination in product(*choices)}
