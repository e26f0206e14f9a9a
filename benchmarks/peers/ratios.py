"""Each row beside Winnow's row of the same stage: the peer's figure divided by Winnow's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.peers.load import MOST

WINNOW = "winnow"
MORE_IS_BETTER = frozenset({"nDCG@10", "R@100"})

# figure -> how it is read from a row
_FIGURES: dict[str, Callable[[Mapping[str, Any]], float | None]] = {
    "nDCG@10": lambda row: row["metrics"]["nDCG@10"],
    "R@100": lambda row: row["metrics"]["R@100"],
    "p50": lambda row: row["ready_ms"].get("p50"),
    "p95": lambda row: row["ready_ms"].get("p95"),
    "rss": lambda row: row["rss_mb"],
    "build": lambda row: row["build_seconds"] + row["embedding_seconds"],
    "index": lambda row: row["index_bytes"],
}
# Times mean nothing unless the machine was free: figure -> the shares that others took meanwhile.
_LOADS = {
    "p50": ("query_load",),
    "p95": ("query_load",),
    "build": ("build_load", "embedding_load"),
}


def with_ratios(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with `ratio` {figure: peer / Winnow} where Winnow has that stage and neither figure is missing,
    0, or a time that was taken on a busy machine."""
    winnow = {row["stage"]: row for row in rows if row["peer"] == WINNOW and row["status"] == "ok"}
    return [dict(row) | {"ratio": _ratio(row, winnow.get(row.get("stage", "")))} for row in rows]


def disturbed(row: Mapping[str, Any], figure: str) -> bool:
    """Whether other processes took so much of the machine that the figure compares nothing."""
    return any((row[load] or 0.0) > MOST for load in _LOADS.get(figure, ()))


def better(figure: str, ratio: float) -> bool:
    """Whether the peer beats Winnow."""
    return ratio > 1.0 if figure in MORE_IS_BETTER else ratio < 1.0


def _ratio(row: Mapping[str, Any], winnow: Mapping[str, Any] | None) -> dict[str, float]:
    if winnow is None or row is winnow or row["peer"] == WINNOW:
        return {}
    pairs = {figure: (read(row), read(winnow)) for figure, read in _FIGURES.items()}
    return {
        figure: round(theirs / ours, 4)
        for figure, (theirs, ours) in pairs.items()
        if theirs and ours and not disturbed(row, figure) and not disturbed(winnow, figure)
    }
