"""The benchmark runner: index a judged collection, ask every query, score every stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import environment
from benchmarks.index import Build, build_index
from benchmarks.metrics import MEASURES, PerQuery, deepest, means, measures_of, per_query, require_measures
from benchmarks.overlap import overlap_warnings, training_data
from benchmarks.result import failures, latencies, quantisation
from engine.collection import NO_RERANKER, Collection, open_collection
from engine.errors import ParseFailed, UsageError
from engine.fingerprint import digest_json
from engine.models.checkpoints.checkpoint import Kind
from engine.models.checkpoints.declared import declared_recipe
from engine.models.checkpoints.locate import locate
from engine.models.checkpoints.presets import BUNDLED
from engine.models.remote.address import is_address
from engine.recipe import Recipe
from engine.store.generation import open_generation
from indexer.evaluation.answers import Answer, answer_all, queries_that_are_documents
from indexer.evaluation.datasets import Dataset
from indexer.evaluation.exact import build_exact, search_all
from indexer.evaluation.progress import Watch

STAGES = ("lexical", "dense", "dense_float", "fused", "reranked")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`result` is what `--json` prints; `answers` and `values` (stage -> per-query scores) lie below it."""

    dataset: Dataset
    result: dict[str, Any]
    answers: dict[str, Answer]
    values: dict[str, PerQuery]


def run_benchmark(
    dataset: Dataset,
    home: Path,
    *,
    encoder: str = BUNDLED,
    reranker: str = BUNDLED,
    settings: Sequence[str] = (),
    exact: bool = False,
    budget_ms: float | None = None,
    measures: Sequence[str] = (),
    watch: Watch | None = None,
) -> Outcome:
    """Measure the served query path on a collection that is built below `home`, or was there already.

    `settings` change the recipe ("rerank=none"); `exact` adds the stage `dense_float`, for which every chunk is encoded
    again; `budget_ms` is each query's; `measures` come beside the usual ones. DependencyMissing, before anything is
    done, without the extra `bench`.
    """
    require_measures()
    watch = watch or Watch()
    recipe = declared_recipe(encoder).with_settings(settings)
    scores = _measures(measures, recipe)
    build = build_index(dataset, home, encoder, watch.build)
    with open_collection(build.collection, home=home, encoder=encoder, reranker=reranker, recipe=recipe) as collection:
        answers = answer_all(collection.searcher, dataset, watch.query, budget_ms)
        if exact:
            answers = _with_exact(collection, dataset, answers)
        if collection.searcher.reranker is None:
            reranker = NO_RERANKER
        result = _describe(dataset, collection.searcher.recipe, build, {"encoder": encoder, "reranker": reranker})
    return _outcome(dataset, result | {"via": "process", "budget_ms": budget_ms}, answers, scores, exact=exact)


def run_over_http(
    dataset: Dataset,
    home: Path,
    *,
    encoder: str = BUNDLED,
    reranker: str = BUNDLED,
    url: str | None = None,
    budget_ms: float | None = None,
    measures: Sequence[str] = (),
    watch: Watch | None = None,
) -> Outcome:
    """The same through a live server, asked one query at a time: latencies are the client's.

    `url` is that of a server of this home; without one a server is started for the run.
    """
    require_measures()
    from benchmarks.http import answer_over_http, serving

    watch = watch or Watch()
    build = build_index(dataset, home, encoder, watch.build, reranker)
    with open_generation(home, build.collection) as generation:
        itself = queries_that_are_documents(generation, dataset)
        recipe = generation.manifest.recipe
    scores = _measures(measures, recipe)
    reranks = NO_RERANKER not in (reranker, recipe.rerank)
    with nullcontext(url) if url else serving(home) as address:
        answers = answer_over_http(address, build.collection, dataset, itself, reranks, budget_ms, watch.query)
    models = {"encoder": encoder, "reranker": reranker if reranks else NO_RERANKER}
    result = _describe(dataset, recipe, build, models)
    return _outcome(dataset, result | {"via": "http", "budget_ms": budget_ms}, answers, scores, exact=False)


def _measures(names: Sequence[str], recipe: Recipe) -> dict[str, str]:
    """Measures of these names. UsageError for one that looks deeper than the lists go."""
    measures = measures_of(names)
    if deepest(measures) > recipe.candidates:
        raise UsageError(
            f"A measure looks at {deepest(measures)} documents, and each list holds {recipe.candidates}.",
            f"Search deeper, with --set candidates={deepest(measures)}.",
        )
    return measures


def _outcome(
    dataset: Dataset, result: dict[str, Any], answers: dict[str, Answer], chosen: Mapping[str, str], *, exact: bool
) -> Outcome:
    """`chosen` measures are named in the result, and stand beside the usual ones, which comparisons read."""
    values = _score(dataset, answers, {**MEASURES, **chosen})
    result |= {"measures": list(chosen or MEASURES)}
    result |= {"stages": {stage: means(scores) for stage, scores in values.items()}}
    result |= latencies(answers) | failures(answers)
    if exact:
        result["quantisation"] = quantisation(answers, values)
    result["peak_rss_mb"] = environment.peak_rss_mb()
    return Outcome(dataset, result, answers, values)


def _score(dataset: Dataset, answers: dict[str, Answer], measures: Mapping[str, str]) -> dict[str, PerQuery]:
    """Per-query values of every stage that was run for any query."""
    return {
        stage: per_query(
            dataset.qrels,
            {query: [key for key, _ in answer.stages.get(stage, ())] for query, answer in answers.items()},
            measures,
        )
        for stage in STAGES
        if any(stage in answer.stages for answer in answers.values())
    }


def _with_exact(collection: Collection, dataset: Dataset, answers: dict[str, Answer]) -> dict[str, Answer]:
    answered = {query: text for query, text in dataset.queries.items() if answers[query].error is None}
    lists = search_all(build_exact(collection.searcher), collection.searcher, answered)
    return {
        query: replace(answer, stages={**answer.stages, "dense_float": lists[query]}) if query in lists else answer
        for query, answer in answers.items()
    }


def _describe(dataset: Dataset, recipe: Recipe, build: Build, names: dict[str, str]) -> dict[str, Any]:
    """The part of the result that is known before the scores. `names` are the models, by role."""
    training, warnings = _training(names)
    warnings += overlap_warnings(dataset.name, {role: (names[role], data) for role, data in training.items()})
    if build.failed:
        warnings.append(f"{len(build.failed)} documents could not be indexed (see build.failed).")
    return {
        "dataset": dataset.name,
        "split": dataset.split,
        "queries": len(dataset.qrels),
        "judgements_sha256": digest_json(dataset.qrels),
        "models": names,
        "trained_on": training,
        "recipe": recipe.to_json(),
        "build": build.to_json(),
        "index_bytes": build.index_bytes,
        "environment": environment.describe(),
        "warnings": warnings,
    }


def _training(names: dict[str, str]) -> tuple[dict[str, list[str] | None], list[str]]:
    """Role -> what the model's card names (None: nothing), and a warning for each card that cannot be read."""
    kinds: tuple[Kind, ...] = ("encoder", "reranker")
    named: dict[str, list[str] | None] = {}
    warnings = []
    for kind in kinds:
        if names[kind] == NO_RERANKER:
            continue
        if is_address(names[kind]):
            named[kind] = None
            warnings.append(f"What the {kind} was trained on is unknown: it is served at an address.")
            continue
        try:
            named[kind] = training_data(locate(names[kind], kind))
        except ParseFailed as error:
            named[kind] = None
            warnings.append(f"What the {kind} was trained on is unknown: {error.message}")
    return named, warnings
