"""The worth of tuning, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.terminal.table import console, plain_table


def show(result: Mapping[str, Any]) -> None:
    """Print the result of `winnow bench tuning`: one table for the recipes, one for relevance."""
    out = console()
    regret = plain_table("nDCG@10 on held-out queries")
    for column in ("collection", "queries", "best stage", "its", "tuned", "regret", "p", "recipe on all queries"):
        regret.add_column(column, justify="left" if column in ("collection", "recipe on all queries") else "right")
    relevance = plain_table("relevance of the first ten, on held-out queries")
    columns = (
        "collection",
        "Brier skill",
        "AUC",
        "ECE",
        "false answers",
        "false hits",
        "nDCG kept",
        "default: AUC",
        "ECE",
    )
    for column in columns:
        relevance.add_column(column, justify="left" if column == "collection" else "right")
    for part in result["collections"]:
        held_out = part["held_out"]
        regret.add_row(
            part["collection"],
            str(part["queries"]),
            held_out["best_stage"],
            f"{held_out['reference']:.4f}",
            f"{held_out['value']:.4f}",
            f"{held_out['regret']:+.2%}",
            f"{held_out['p']:.3f}",
            part["recipe"],
        )
        relevance.add_row(part["collection"], *_relevance(part))
    out.print(regret)
    out.print(relevance)
    out.print(f"mean regret {result['mean_regret']:+.2%}; significant losses: {result['significant_losses'] or 'none'}")


def _relevance(part: Mapping[str, Any]) -> list[str]:
    fitted, lost, default = part["calibration"] or {}, part["unanswerable"] or {}, part["default_calibration"] or {}
    figures = [fitted.get("brier_skill"), fitted.get("auc"), fitted.get("ece")]
    figures += [lost.get("false_answers"), lost.get("false_hits"), lost.get("kept")]
    figures += [default.get("auc"), default.get("ece")]
    return ["-" if figure is None else f"{figure:.3f}" for figure in figures]
