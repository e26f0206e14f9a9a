"""A run's figures on the terminal: the table on stdout, warnings on stderr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.terminal.table import cells, console, plain_table, print_line

METRIC = "nDCG@10"
REMEDIES = {
    "fused": "On these documents one leg alone does better: `winnow tune` can choose it.",
    "reranked": "On these documents answers are better without reranking: --set rerank=none, or `winnow tune`.",
}


def metric_table(title: str, rows: Mapping[str, Mapping[str, float]], first: str = "stage") -> Table:
    """One row per stage, one column per metric."""
    table = plain_table(title)
    table.add_column(first, no_wrap=True)
    for metric in next(iter(rows.values()), {}):
        table.add_column(metric, justify="right")
    for name, values in rows.items():
        table.add_row(*cells(name, *(f"{value:.4f}" for value in values.values())))
    return table


def chosen(stages: Mapping[str, Mapping[str, float]], measures: Sequence[str]) -> dict[str, dict[str, float]]:
    """The columns that were asked for."""
    return {stage: {name: values[name] for name in measures} for stage, values in stages.items()}


def show_suite(result: Mapping[str, Any]) -> None:
    """Print the sets of a suite by their last stage, and the mean of every stage."""
    out = console()
    last = list(result["mean"])[-1]
    rows = {name: stages[last] for name, stages in result["sets"].items()} | {"mean": result["mean"][last]}
    measures = result["measures"]
    out.print(metric_table(f"{result['suite']} ({len(result['sets'])} sets, {last})", chosen(rows, measures), "set"))
    out.print(metric_table("mean", chosen(result["mean"], measures)))


def show(result: Mapping[str, Any]) -> None:
    """Print a result for a person."""
    out, notes = console(), Console(stderr=True, highlight=False, emoji=False)
    title = f"{result['dataset']} ({result['split']}, {result['queries']} queries)"
    out.print(metric_table(title, chosen(result["stages"], result["measures"])))
    for line in _lines(result):
        print_line(out, line)
    for warning in result["warnings"]:
        print_line(out, f"warning: {warning}")
    for failed in result["failed"]:
        print_line(notes, f"failed: query {failed['query']}: {failed['error']}")


def losses(stages: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A sentence for each stage that is worse than what it was made of: the better leg, or the fused list."""
    values = {name: scores[METRIC] for name, scores in stages.items() if METRIC in scores}
    legs = [name for name in ("lexical", "dense") if name in values]
    pairs = [("fused", max(legs, key=values.__getitem__))] if legs else []
    found = []
    for stage, before in [*pairs, ("reranked", "fused")]:
        if stage in values and before in values and values[stage] < values[before]:
            lost = (values[before] - values[stage]) / values[before]
            found.append(
                f"{stage} loses to {before}: {METRIC} {values[stage]:.4f} against {values[before]:.4f} ({-lost:.1%}). "
                + REMEDIES[stage]
            )
    return found


def _lines(result: Mapping[str, Any]) -> list[str]:
    build, models = result["build"], result["models"]
    rate = "" if build["documents_per_second"] is None else f", {build['documents_per_second']:.1f} documents/s"
    made = "index reused" if build["reused"] else f"built in {build['seconds']:.1f} s{rate}"
    lines = [
        f"models: {models['encoder']}, {models['reranker']}",
        f"latency: {_milliseconds(result['latency_ms'])}",
        f"{made}; {build['documents']} documents, {build['chunks']} chunks; "
        f"index {result['index_bytes'] / 1e6:.1f} MB; peak memory {result['peak_rss_mb']:.0f} MB",
    ]
    lines += losses(result["stages"])
    if result["failed"]:
        lines.append(f"{len(result['failed'])} queries failed and count as 0")
    if result["degraded"]:
        lines.append("degraded: " + ", ".join(f"{reason} ({count})" for reason, count in result["degraded"].items()))
    if "quantisation" in result:
        shared, lost = result["quantisation"]["overlap@100"], result["quantisation"]["nDCG@10"]
        lines.append(f"quantised against exact float32: overlap@100 {shared:.3f}, nDCG@10 {lost:+.4f}")
    return lines


def _milliseconds(percentiles: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.1f} ms" for name, value in percentiles.items()) or "no query was answered"
