"""Results of tuning, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.terminal.table import console, plain_table, print_line
from indexer.evaluation.tuning.fitting import LEAST as RELEVANT
from indexer.evaluation.tuning.judged import ENOUGH


def show(outcome: Mapping[str, Any], *, asked: bool | None) -> None:
    """Print the outcome of `winnow tune` for a person. `asked`: whether --store or --dry-run was given."""
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
    for line in _lines(outcome, asked):
        print_line(out, line)


def _lines(outcome: Mapping[str, Any], asked: bool | None) -> list[str]:
    evidence = outcome["evidence"]
    lines = [
        f"recipe: {evidence['recipe']} ({evidence['metric']} {evidence['chosen']:.4f}), of "
        f"{evidence['recipes_tried']}; the untuned one stays unless another is better by more than noise"
    ]
    fitted = evidence["calibration"]
    if fitted is None:
        lines.append(_uncalibrated(evidence))
    else:
        lines.append(
            f"relevance, on held-out queries: Brier skill {fitted['brier_skill']:.3f}, AUC {fitted['auc']:.3f}, "
            f"calibration error {fitted['ece']:.3f}"
        )
    if evidence["failed_queries"]:
        lines.append(f"{evidence['failed_queries']} queries could not be answered and were left out")
    lines.append(_stored(outcome, asked))
    return lines


def _uncalibrated(evidence: Mapping[str, Any]) -> str:
    if evidence["origin"] == "pseudo":
        reason = "made queries do not tell what a person finds relevant"
    else:
        reason = f"these queries find fewer than {RELEVANT} relevant hits, or too few others"
    return f"relevance: not calibrated ({reason}); with this recipe --min-relevance would be refused"


def _stored(outcome: Mapping[str, Any], asked: bool | None) -> str:
    if outcome["stored"]:
        return f"stored as generation {outcome['generation']}; `winnow tune --reset` goes back to the untuned recipe"
    if asked is False:
        return "nothing stored (--dry-run)"
    few = "made queries" if outcome["evidence"]["origin"] == "pseudo" else f"fewer than {ENOUGH}"
    return f"nothing stored: {few} only propose. --store stores it all the same; judge more queries to be sure"


def _cells(stage: Mapping[str, float]) -> list[str]:
    interval = f"{stage['low']:+.4f} to {stage['high']:+.4f}"
    return [f"{stage['reference']:.4f}", f"{stage['difference']:+.4f}", interval, f"{stage['p']:.3f}"]
