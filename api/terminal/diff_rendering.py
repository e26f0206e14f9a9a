"""A difference for a person: the summary, then each changed query with its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from engine.terminal.table import cells, console, plain_table, print_line
from indexer.evaluation.diff.changes import Change, QueryDiff


def show(a: Mapping[str, Any], b: Mapping[str, Any], summary: Mapping[str, Any], diffs: Sequence[QueryDiff]) -> None:
    """Print to stdout. Queries that did not change are only counted."""
    out = console()
    print_line(out, f"A: {_side(a)}\nB: {_side(b)}")
    for line in _settings(a, b):
        print_line(out, line)
    for diff in diffs:
        if diff.changed:
            print_line(out, f"\n{diff.query_id}: {diff.text}  (overlap {diff.overlap:.2f})")
            for name, error in zip("AB", diff.errors, strict=True):
                if error:
                    print_line(out, f"  no answer from {name}: {error}")
            if diff.changes:
                out.print(_table(diff.changes))
    print_line(out, _summary(summary))


def _side(side: Mapping[str, Any]) -> str:
    return f"{side['collection']}, generation {side['generation']}, {side['documents']} documents"


def _settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """A line for each model and each value of the recipe that differs."""
    return [
        f"{kind} {name}: {value} -> {b[kind].get(name)}"
        for kind in ("models", "recipe")
        for name, value in a[kind].items()
        if value != b[kind].get(name)
    ]


def _table(changes: Sequence[Change]) -> Table:
    table = plain_table("")
    for name in ("document", "A", "B", "cause", "stages"):
        table.add_column(name, justify="right" if name in ("A", "B") else "left")
    for change in changes:
        stages = ", ".join(f"{name} {_ranks(ranks)}" for name, ranks in change.stages.items() if ranks[0] != ranks[1])
        table.add_row(*cells(change.document, _rank(change.before), _rank(change.after), change.cause, stages))
    return table


def _ranks(ranks: tuple[int | None, int | None]) -> str:
    return f"{_rank(ranks[0])}>{_rank(ranks[1])}"


def _rank(rank: int | None) -> str:
    return "-" if rank is None else str(rank)


def _summary(summary: Mapping[str, Any]) -> str:
    causes = ", ".join(f"{cause} {count}" for cause, count in summary["causes"].items() if count) or "none"
    return (
        f"\n{summary['changed']} of {summary['queries']} queries changed, mean overlap {summary['mean_overlap']:.3f}; "
        f"{summary['came']} documents came, {summary['went']} went, {summary['moved']} moved\ncauses: {causes}"
    )
