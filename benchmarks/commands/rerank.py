"""`winnow bench rerank`: a reranker on candidate lists that are given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from engine.models.checkpoints.presets import BUNDLED
from engine.terminal.options import Json


def rerank(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, plain or .gz.", show_default=False)],
    reranker: Annotated[
        str, typer.Option("--reranker", metavar="NAME", help="As in `--models`: a directory, a name, an address.")
    ] = BUNDLED,
    rank: Annotated[int, typer.Option("--at", metavar="K", min=1, help="The rank of MRR and NDCG.")] = 10,
    insert_positives: Annotated[
        bool,
        typer.Option(
            "--insert-positives/--as-found",
            help="Score positives that `documents` lacks, or only what was found (always_rerank_positives).",
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Measure a reranker on given candidate lists.

    A line is {"query", "positive": [...], "negative": [...]}, or has "documents" for "negative", in the order in which
    they were found: the input of sentence-transformers' CrossEncoderRerankingEvaluator, whose figures these are.
    """
    from benchmarks.reranking.lists import read_lists
    from benchmarks.reranking.measures import measure
    from engine.models import load_reranker

    lists = read_lists(file)
    measured = measure(load_reranker(reranker), lists, rank, insert_positives=insert_positives)
    negatives = [sum(not part for part in given.candidates(insert_positives=True)[1]) for given in lists]
    result: dict[str, Any] = {
        "file": str(file),
        "reranker": reranker,
        "insert_positives": insert_positives,
        "queries": len(lists),
        "positives": _spread([len(given.positive) for given in lists]),
        "negatives": _spread(negatives),
        "base": measured.base,
        "reranked": measured.reranked,
    }
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        _show(result)


def _spread(counts: list[int]) -> dict[str, float]:
    return {"min": min(counts), "mean": sum(counts) / len(counts), "max": max(counts)}


def _show(result: dict[str, Any]) -> None:
    """Print the figures as the evaluator logs them, so that the two can be compared by eye."""
    spreads = [
        f"{name.capitalize()}: Min {values['min']:.1f}, Mean {values['mean']:.1f}, Max {values['max']:.1f}"
        for name, values in result.items()
        if name in ("positives", "negatives")
    ]
    print(f"Queries: {result['queries']}   " + "   ".join(spreads))
    before, width = result["base"], max(map(len, result["reranked"])) + 2
    if before:
        print(f"{'':{width}}  Base -> Reranked")
    for name, value in result["reranked"].items():
        base = f"{100 * before[name]:6.2f} -> " if before else ""
        print(f"{name + ':':{width}}{base}{100 * value:6.2f}")
