"""What tuning found, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.table import console, plain_table


def show(outcome: Mapping[str, Any], *, stored: bool) -> None:
    """Print the outcome of `winnow tune` for a person."""
    out, evidence = console(), outcome["evidence"]
    kind = "queries made from the documents" if evidence["origin"] == "pseudo" else "judged queries"
    title = f"{outcome['collection']}: {evidence['queries']} {kind} ({evidence['source']})"
    table = plain_table(title)
    table.add_column("against", no_wrap=True)
    for column in (evidence["metric"], "difference", "95% interval", "p"):
        table.add_column(column, justify="right")
    for name, stage in evidence["stages"].items():
        table.add_row(name, *_cells(stage))
    held_out = evidence["held_out"]
    table.add_row(f"{held_out['best_stage']}, held out", *_cells(held_out))
    out.print(table)
    for line in _lines(outcome, stored):
        out.print(line, markup=False, soft_wrap=True)


def _lines(outcome: Mapping[str, Any], stored: bool) -> list[str]:
    evidence = outcome["evidence"]
    lines = [
        f"recipe: {evidence['recipe']} ({evidence['metric']} {evidence['chosen']:.4f}, the simplest within noise of "
        f"{evidence['recipes_tried']} recipes)"
    ]
    fitted = evidence["calibration"]
    if fitted is None:
        lines.append("relevance: not calibrated on these queries")
    else:
        lines.append(
            f"relevance, on held-out queries: Brier skill {fitted['brier_skill']:.3f}, AUC {fitted['auc']:.3f}, "
            f"calibration error {fitted['ece']:.3f}"
        )
    if evidence["failed_queries"]:
        lines.append(f"{evidence['failed_queries']} queries could not be answered and were left out")
    lines.append(f"stored as generation {outcome['generation']}" if stored else "nothing stored (--dry-run)")
    return lines


def _cells(stage: Mapping[str, float]) -> list[str]:
    interval = f"{stage['low']:+.4f} to {stage['high']:+.4f}"
    return [f"{stage['reference']:.4f}", f"{stage['difference']:+.4f}", interval, f"{stage['p']:.3f}"]
