"""`winnow bench tuning`, `calibrate`, `silence`: what tuning is worth, and the calibration that is bundled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.options import Split
from engine.terminal.options import Json

DataSets = Annotated[
    list[str], typer.Argument(metavar="DIR_OR_NAME...", help="Judged collections.", show_default=False)
]
Observations = Annotated[
    Path,
    typer.Option(
        "--observations", metavar="DIR", help="Keeps indexes and observations; an interrupted run continues there."
    ),
]
Pair = Annotated[
    str | None, typer.Option("--models", metavar="ENCODER[,RERANKER]", help="Another pair.", show_default=False)
]
Depth = Annotated[int | None, typer.Option("--depth", min=1, help="The most passages that a recipe may rerank.")]
Only = Annotated[
    Path | None, typer.Option("--only", metavar="FILE.json", help="A JSON list of query ids: use no others.")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N queries.")]


def tuning(
    datasets: DataSets,
    observations: Observations,
    split: Split = "test",
    models: Pair = None,
    depth: Depth = None,
    only: Only = None,
    limit: Limit = None,
    collect: Annotated[bool, typer.Option("--collect", help="Collect observations only, assess nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Measure what `winnow tune` gains or loses on judged collections, by nested cross-validation."""
    from benchmarks.assessment.assess_table import show
    from benchmarks.assessment.assessment import assess, summary
    from benchmarks.assessment.collecting import observe_dataset
    from engine.query.relevance import bundled_calibration

    parts = []
    for dataset in datasets:
        judged, observed, recipes, pair = observe_dataset(
            dataset, split, observations, models, only, limit, depth=depth
        )
        if not collect:
            parts.append(assess(judged, observed, recipes, pair, bundled_calibration()))
    if collect:
        return
    result = {"collections": parts, **summary(parts)}
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        show(result)


def calibrate(
    datasets: DataSets,
    observations: Observations,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.json", help="Where the calibration is written.")],
    split: Split = "train",
    models: Pair = None,
    depth: Depth = None,
    only: Only = None,
    limit: Limit = None,
) -> None:
    """Fit the calibration of the untuned recipe on development queries that the reranker was not trained on."""
    from benchmarks.assessment.collecting import observe_dataset
    from benchmarks.assessment.default import fit_default

    parts = [observe_dataset(dataset, split, observations, models, only, limit, depth=depth) for dataset in datasets]
    calibration, figures = fit_default(parts, depth)
    out.write_text(json.dumps(calibration.to_json(), indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"calibration": calibration.to_json(), "held_out": figures}))


def silence(
    datasets: DataSets,
    observations: Observations,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.json", help="Where the gate is written: gate.json beside the reranker."),
    ] = None,
    split: Split = "dev",
    models: Pair = None,
    limit: Limit = None,
) -> None:
    """Fit the gate that says "nothing relevant", and measure it, each collection by the others.

    Each folder holds its unanswerable questions in `unanswerable.jsonl`, with `id` and `q`.
    """
    from dataclasses import asdict

    from benchmarks.assessment.collecting import observe_with_unanswerable
    from benchmarks.assessment.silence import asked, leave_one_out
    from indexer.evaluation.tuning.space import fixed

    recipe, parts = fixed()["reranked"], []
    for dataset in datasets:
        judged, observed, _, pair = observe_with_unanswerable(Path(dataset), split, observations, models, limit, recipe)
        parts.append(asked(judged.name, list(observed.observations.values()), judged.qrels, recipe))
    found = leave_one_out(parts, pair)
    if out is not None:
        out.write_text(json.dumps(found.gate.to_json(), indent=1) + "\n", encoding="utf-8")
    print(json.dumps(asdict(found)))
