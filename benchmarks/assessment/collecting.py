"""A judged collection indexed, opened and asked: what the assessing commands begin with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.index import build_index
from benchmarks.options import models_of
from engine.collection import open_collection
from engine.recipe import Recipe
from indexer.evaluation.datasets import load_dataset
from indexer.evaluation.progress import progress
from indexer.evaluation.tuning.judged import Judged, of_dataset
from indexer.evaluation.tuning.observing import Observed
from indexer.evaluation.tuning.run import observe_collection
from indexer.evaluation.tuning.tune import Models


def observe_dataset(
    dataset: str,
    split: str,
    place: Path,
    models: str | None,
    only: Path | None,
    limit: int | None,
    recipes: Sequence[Recipe] | None = None,
    depth: int | None = None,
) -> tuple[Judged, Observed, list[Recipe], Models]:
    """Observations enough for `recipes`, by default for all that tuning tries; `place` keeps index and observations."""
    encoder, reranker = models_of(models)
    home = place / "home"
    data = load_dataset(dataset, split, home / "datasets")
    with progress(len(data.queries)) as watch:
        build = build_index(data, home, encoder, watch.build)
    judged = of_dataset(data)
    if only is not None:
        judged = judged.only(json.loads(only.read_text("utf-8")))
    judged = judged.limited(limit)
    with open_collection(build.collection, home=home, encoder=encoder, reranker=reranker, recipe=Recipe()) as opened:
        observed, recipes, pair = observe_collection(opened, reranker, judged, recipes, depth=depth, kept=place)
    return judged, observed, recipes, pair
