"""`winnow bench document`: questions to one long document."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.assessment.assess_command import DataSets, Limit, Pair
from benchmarks.options import Split
from engine.errors import UsageError
from engine.terminal.options import Json

if TYPE_CHECKING:
    from benchmarks.one_document import Answers
    from indexer.evaluation.tuning.tune import Models


def document(
    datasets: DataSets,
    split: Split = "dev",
    models: Pair = None,
    characters: Annotated[
        int, typer.Option("--characters", min=1000, help="Length of each document; 600,000 are some 300 pages.")
    ] = 600_000,
    limit: Limit = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Where calibration.json and gate.json go; of two folders or more with an `unanswerable.jsonl`.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask a long document, made of a collection's documents, as `ask-document` does: how often its first passages
    answer.
    """
    from benchmarks.assessment.collecting import unanswerable_of
    from benchmarks.one_document import ask, long_document
    from engine.collection import NO_RERANKER
    from engine.models import LocalModels
    from engine.models.rerankers.digest import reranker_digest
    from engine.terminal.options import models_of
    from indexer.evaluation.datasets import load_dataset
    from indexer.evaluation.progress import progress
    from indexer.evaluation.tuning.tune import Models
    from indexer.in_document import open_source

    if out is not None and len(datasets) < 2:
        raise UsageError("What --out writes is measured on each data set by the others.", "Give two of them, or more.")
    encoder, reranker = models_of(models)
    source = LocalModels()
    found: list[Answers] = []
    vain: list[Answers] = []
    strange: list[Answers] = []
    passages: dict[str, int] = {}
    pair: Models | None = None
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as scratch:
        loaded = [load_dataset(name, split, Path(scratch)).limited(limit) for name in datasets]
        for name, data, other in zip(datasets, loaded, (*loaded[1:], loaded[0]), strict=True):
            made = long_document(data, characters)
            with (
                progress(len(data.queries)) as watch,
                open_source([made.source], name, encoder=encoder, reranker=reranker, models=source) as opened,
            ):
                found.append(ask(made, data.name, data.queries, data.qrels, opened, watch.query))
                if out is not None:
                    vain.append(ask(made, data.name, unanswerable_of(Path(name)), {}, opened))
                    strange.append(ask(made, data.name, other.queries, {}, opened))
                manifest = opened.generation.manifest
                passages[data.name] = manifest.living.chunks
                judge = manifest.models["reranker"] or NO_RERANKER
                digest = None if judge == NO_RERANKER else reranker_digest(judge)
                pair = Models(manifest.query_fingerprint.weights, digest)
    places = [place for answers in found for place in answers.places]
    shares = {most: sum(0 < place <= most for place in places) / len(places) for most in (1, 3, 10)}
    rank = sum(1 / place for place in places if place) / len(places)
    fitted = {} if out is None or pair is None else _fit(found, vain, strange, pair, out)
    if as_json:
        named = {f"first {most}": share for most, share in shares.items()}
        whole = {"passages": passages, "questions": len(places), **named, "reciprocal rank": rank}
        print(json.dumps({**whole, **({"held_out": fitted} if fitted else {})}))
        return
    print(f"{len(places)} questions to {', '.join(f'{name} ({count} passages)' for name, count in passages.items())}")
    for most, share in shares.items():
        print(f"  answered by {'the first' if most == 1 else f'one of the first {most}'}: {share:.1%}")
    print(f"  mean reciprocal rank: {rank:.3f}")
    for name, figures in fitted.items():
        print(f"  {name}, held out: {', '.join(f'{figure} {value:.3f}' for figure, value in figures.items())}")


def _fit(
    found: list[Answers], vain: list[Answers], strange: list[Answers], pair: Models, out: Path
) -> dict[str, dict[str, float]]:
    """Write both files, and give how good they are on questions that they were not fitted to: of the calibration folds
    of the questions, of the gate each document by the others. `vain` are the answers to what a document does not tell,
    `strange` those to questions about another one, which only the calibration learns from.
    """
    from benchmarks.assessment.silence import leave_one_out
    from engine.query.relevance import CALIBRATION_FILE, GATE_FILE
    from indexer.evaluation.tuning.fitting import cross_fit, fit, join, quality

    parts, count = [], 0
    for answers in (*found, *vain, *strange):
        parts.append(answers.hits(count))
        count += len(answers.rankings)
    hits = join(parts)
    calibration = fit(hits, pair.encoder, pair.reranker)
    predicted = cross_fit(hits, count, pair.encoder, pair.reranker)
    if calibration is None or predicted is None:
        raise UsageError("There are too few passages that answer to fit a calibration.", "Ask more questions.")
    silence = leave_one_out([answers.asked(others) for answers, others in zip(found, vain, strict=True)], pair)
    out.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {CALIBRATION_FILE: calibration.to_json(), GATE_FILE: silence.gate.to_json()}
    for name, content in files.items():
        (out / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    told = {"silenced": silence.silenced, "kept": silence.kept, "auc": silence.area}
    return {"calibration": quality(predicted, hits.relevant), "gate": told}
