"""A judged collection indexed, opened and asked: what the assessing commands begin with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
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
    return _observe(build.collection, home, encoder, reranker, judged.limited(limit), recipes, depth, place)


def observe_with_unanswerable(
    dataset: Path, split: str, place: Path, models: str | None, limit: int | None, recipe: Recipe
) -> tuple[Judged, Observed, list[Recipe], Models]:
    """Observations of the judged questions of a folder and of those in its unanswerable.jsonl, which are judged to have
    no relevant document.
    """
    encoder, reranker = models_of(models)
    home = place / "home"
    data = load_dataset(dataset, split, home / "datasets")
    with progress(len(data.queries)) as watch:
        build = build_index(data, home, encoder, watch.build)
    judged = of_dataset(data).limited(limit)
    vain = unanswerable_of(dataset)
    both = replace(judged, queries=judged.queries | vain, qrels={**judged.qrels, **{query: {} for query in vain}})
    return _observe(build.collection, home, encoder, reranker, both, [recipe], None, place)


def unanswerable_of(dataset: Path) -> dict[str, str]:
    """The questions by id of a folder's unanswerable.jsonl, which no document of it answers."""
    lines = (dataset / "unanswerable.jsonl").read_text("utf-8").split("\n")
    return {str(line["id"]): str(line["q"]) for line in map(json.loads, filter(None, lines))}


def _observe(
    collection: str,
    home: Path,
    encoder: str,
    reranker: str,
    judged: Judged,
    recipes: Sequence[Recipe] | None,
    depth: int | None,
    place: Path,
) -> tuple[Judged, Observed, list[Recipe], Models]:
    with open_collection(collection, home=home, encoder=encoder, reranker=reranker, recipe=Recipe()) as opened:
        observed, tried, pair = observe_collection(opened, reranker, judged, recipes, depth=depth, kept=place)
    return judged, observed, tried, pair
